/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The device that this instance of the program runs on. */
#ifndef DEVICE_H
#define DEVICE_H

#include <linux/if_ether.h>

#include "packet.h"

/* The device's MAC address, set before the program is loaded for that device. */
const volatile __u8 sp_mac[ETH_ALEN] __attribute__((aligned(2)));

static __always_inline _Bool device_has_mac(const struct mac *mac)
{
	const volatile struct mac *ours = (const volatile void *)sp_mac;

	return mac->word[0] == ours->word[0] && mac->word[1] == ours->word[1] &&
	       mac->word[2] == ours->word[2];
}

#endif
