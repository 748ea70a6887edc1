#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the helper counts, by Prometheus' own reader.

  l7_metrics.py ADDRESS:PORT METRIC [LABEL=VALUE...]
      the sum of the samples of that name with these labels; all of the text must parse
"""
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

address, name, *labels = sys.argv[1:]
wanted = dict(label.split("=", 1) for label in labels)
with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
    text = answer.read().decode()
samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
if len(samples) != len([s for s in text.splitlines() if not s.startswith("#")]):
    sys.exit("some lines are no samples")
print("%g" % sum(s.value for s in samples
                 if s.name == name and wanted.items() <= s.labels.items()))
