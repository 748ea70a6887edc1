/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain pod lists: what they mean, and what each mistake in them is answered. */
#include "manifest_rows.h"

static void reads_services_and_pods(void)
{
	struct read read;

	read_text(&read, "# shops\n\nservice 192.0.2.10:80/tcp name=shop key=source-ip "
			 "algorithm=maglev forward=nat # the shop\n"
			 "10.0.1.11:8080\n"
			 "\t10.0.1.12:8080 weight=3\r\n"
			 "service [2001:db8::10]:53/udp\n"
			 "[fd00::11]:5353 draining weight=0\n");
	EXPECT_MODEL(&read,
		"192.0.2.10:80/tcp shop key=source-ip algorithm=maglev forward=nat"
		" 10.0.1.11:8080 10.0.1.12:8080*3\n"
		"[2001:db8::10]:53/udp [2001:db8::10]:53/udp key=source-ip-port "
		"algorithm=maglev forward=nat [fd00::11]:5353*0-draining\n");
	EXPECT_EQ(read.model.documents_len, 1);
	read_done(&read);
}

static void reads_every_option(void)
{
	struct read read;

	read_text(&read,
		"service 192.0.2.1:80 key=cookie:sid cookie-ttl=1h30m cookie-path=/a "
		"cookie-attribute=SameSite=Lax cookie-attribute=Secure "
		"algorithm=ring-hash ring-size=2048 session-timeout=60\n"
		"10.0.0.1:80\n"
		"service 192.0.2.2:80 key=header:x-user algorithm=maglev table-size=251\n"
		"10.0.0.2:80\n"
		"service 192.0.2.3:80 key=query:user algorithm=ring-hash\n"
		"10.0.0.3:80\n");
	EXPECT_MODEL(&read,
		"192.0.2.1:80/tcp 192.0.2.1:80/tcp key=cookie:sid cookie-ttl=5400 "
		"cookie-path=/a cookie-attribute=SameSite=Lax cookie-attribute=Secure "
		"session-timeout=60 algorithm=ring-hash ring-size=2048 forward=l7 "
		"10.0.0.1:80\n"
		"192.0.2.2:80/tcp 192.0.2.2:80/tcp key=header:x-user algorithm=maglev "
		"table-size=251 forward=l7 10.0.0.2:80\n"
		"192.0.2.3:80/tcp 192.0.2.3:80/tcp key=query:user algorithm=ring-hash "
		"ring-size=1024 forward=l7 10.0.0.3:80\n");
	read_done(&read);
}

static void sorts_services_by_vip(void)
{
	struct read read;

	read_text(&read,
		"service 192.0.2.9:80\n10.0.0.1:80\nservice 192.0.2.9:9\n10.0.0.2:80\n"
		"service 192.0.2.10:80/udp\n10.0.0.3:80\n");
	EXPECT_EQ(read.model.services_len, 3);
	EXPECT_EQ(read.model.services[0].vip.port, __builtin_bswap16(9));
	EXPECT_EQ(read.model.services[1].vip.port, __builtin_bswap16(80));
	EXPECT_EQ(read.model.services[2].vip.protocol, 17);
	read_done(&read);
}

static const struct row rows[] = {
	{"a VIP that is none is underlined", "service 192.0.2.300:80\n10.0.0.1:80\n",
		"t:1:9+14: '192.0.2.300:80' is not a VIP"},
	{"a service needs a VIP", "service\n", "t:1:1+7: service without a VIP"},
	{"a VIP needs a port", "service 192.0.2.1\n",
		"t:1:9+9: '192.0.2.1' is not a VIP"},
	{"a VIP of SCTP is refused", "service 192.0.2.1:80/sctp\n",
		"t:1:9+17: '192.0.2.1:80/sctp' is not a VIP"},
	{"a pod that is none is underlined", "service 192.0.2.1:80\n10.0.0.1\n",
		"t:2:1+8: '10.0.0.1' is not a pod"},
	{"leading zeros are refused", "service 192.0.2.1:80\n10.0.0.01:80\n",
		"t:2:1+12: '10.0.0.01:80' is not a pod"},
	{"port 0 is refused", "service 192.0.2.1:80\n10.0.0.1:0\n",
		"t:2:1+10: '10.0.0.1:0' is not a pod"},
	{"an unknown option is underlined up to its '='",
		"service 192.0.2.1:80 algoritm=maglev\n",
		"t:1:22+8: option 'algoritm' is unknown (did you mean 'algorithm'?)"},
	{"an option without a value", "service 192.0.2.1:80 key=\n",
		"t:1:22+4: option 'key' has no value: key=..."},
	{"an option given twice", "service 192.0.2.1:80 key=source-ip key=source-ip\n",
		"t:1:40+9: key is given twice"},
	{"a name given twice", "service 192.0.2.1:80 name=a name=b\n",
		"t:1:34+1: name is given twice"},
	{"an unknown key", "service 192.0.2.1:80 key=source\n",
		"t:1:26+6: key 'source' is unknown (one of: source-ip, source-ip-port, "
		"cookie:NAME, header:NAME, query:NAME)"},
	{"a cookie key without a name", "service 192.0.2.1:80 key=cookie\n",
		"t:1:26+6: key cookie needs a name behind a colon (as in "
		"key=cookie:sid)"},
	{"a cookie key with an empty name", "service 192.0.2.1:80 key=cookie:\n",
		"t:1:33+1: the name of the cookie is empty"},
	{"a header name that no header has", "service 192.0.2.1:80 key=header:a,b\n",
		"t:1:33+3: 'a,b' cannot be the name of a header (letters, digits and "
		"!#$%&'*+-.^_`|~ make up such a name)"},
	{"an unknown algorithm", "service 192.0.2.1:80 algorithm=ringhash\n",
		"t:1:32+8: algorithm 'ringhash' is unknown (did you mean 'ring-hash'?)"},
	{"a table size that is not prime", "service 192.0.2.1:80 table-size=1000\n",
		"t:1:33+4: table size 1000 is not a prime number (maglev needs a prime; "
		"1009 "
		"is one)"},
	{"a table size that is the square of a prime",
		"service 192.0.2.1:80 table-size=121\n",
		"t:1:33+3: table size 121 is not a prime number (maglev needs a prime; "
		"127 is "
		"one)"},
	{"a table size of 1", "service 192.0.2.1:80 table-size=1\n",
		"t:1:33+1: table size 1 is outside 2..5000010 (65537 is the default)"},
	{"a table size of 5000011", "service 192.0.2.1:80 table-size=5000011\n",
		"t:1:33+7: table size 5000011 is outside 2..5000010 (65537 is the "
		"default)"},
	{"a ring that is too large",
		"service 192.0.2.1:80 algorithm=ring-hash ring-size=8388609\n",
		"t:1:52+7: ring size 8388609 is outside 1..8388608 (1024 is the default; "
		"more "
		"entries share more evenly)"},
	{"a ring size for maglev", "service 192.0.2.1:80 ring-size=1024\n",
		"t:1:32+4: ring-size goes with algorithm=ring-hash only (write "
		"algorithm=ring-hash, or leave ring-size out)"},
	{"a size beyond 64 bits",
		"service 192.0.2.1:80 table-size=99999999999999999999\n",
		"t:1:33+20: size '99999999999999999999' is not a number from 1 on"},
	{"a cookie-ttl for another key", "service 192.0.2.1:80 cookie-ttl=1\n",
		"t:1:33+1: cookie-ttl goes with key=cookie:NAME only (write "
		"key=cookie:NAME, or "
		"leave cookie-ttl out)"},
	{"a negative cookie-ttl", "service 192.0.2.1:80 key=cookie:a cookie-ttl=-1\n",
		"t:1:46+2: cookie-ttl '-1' is not a duration within 0..3153600000 "
		"seconds (as "
		"in 3600, 90m or 12h; 0 makes a session cookie)"},
	{"a session timeout beyond a day", "service 192.0.2.1:80 session-timeout=86401\n",
		"t:1:38+5: session-timeout '86401' is outside 1..86400 seconds (10800 is "
		"what "
		"Kubernetes takes when nothing is said)"},
	{"UDP for the helper", "service 192.0.2.1:80/udp forward=l7\n",
		"t:1:34+2: forward=l7 needs a service of protocol tcp (HTTP runs over "
		"TCP; "
		"forward=nat fits UDP)"},
	{"a cookie key for the data plane",
		"service 192.0.2.1:80 forward=ipip key=cookie:a\n10.0.0.1:80\n",
		"t:1:30+4: forward goes with key=source-ip or source-ip-port only (write "
		"key=source-ip or source-ip-port, or leave forward out)"},
	{"a cookie key for UDP", "service 192.0.2.1:80/udp key=cookie:a\n",
		"t:1:30+8: key cookie needs a service of protocol tcp (HTTP runs over "
		"TCP; "
		"key=source-ip or source-ip-port fits UDP)"},
	{"a weight beyond 255", "service 192.0.2.1:80\n10.0.0.1:80 weight=300\n",
		"t:2:20+3: weight 300 is outside 0..255 (weights are relative; 3 and 1 "
		"give the "
		"same split as 300 and 100)"},
	{"a pod's unknown option", "service 192.0.2.1:80\n10.0.0.1:80 wieght=3\n",
		"t:2:13+6: a pod's option 'wieght' is unknown (did you mean 'weight'?)"},
	{"draining with a value", "service 192.0.2.1:80\n10.0.0.1:80 draining=yes\n",
		"t:2:13+12: draining takes no value (write it, or leave it out)"},
	{"a weight given twice", "service 192.0.2.1:80\n10.0.0.1:80 weight=1 weight=2\n",
		"t:2:22+8: weight is given twice"},
	{"every mistake of a run is reported",
		"service 192.0.2.1:80 key=x\n10.0.0.1\nservice 1:1\n",
		"t:1:26+1: key 'x' is unknown (one of: source-ip, source-ip-port, "
		"cookie:NAME, "
		"header:NAME, query:NAME)\n"
		"t:2:1+8: '10.0.0.1' is not a pod\n"
		"t:3:9+3: '1:1' is not a VIP"},
	{"a NUL byte is no text", "service 192.0.2.1:80\n\n10.0.0.1:80 \1\n",
		"t:3:13+1: byte 0x01 is not text"},
	{"half a character is no text", "service 192.0.2.1:80 name=\xc3\n",
		"t:1:27+1: byte 0xc3 is not text"},
};

static const struct test tests[] = {
	{"services and pods are read with comments, blank lines and CRLF",
		reads_services_and_pods},
	{"every option is read", reads_every_option},
	{"services come out by VIP, ports as numbers", sorts_services_by_vip},
};

int main(void)
{
	return ROWS_AND_TESTS_RUN(rows, tests);
}
