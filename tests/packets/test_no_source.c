/* SPDX-License-Identifier: BSD-2-Clause */
/* A device without an address has nothing to begin a tunnel at; l2 and nat need none. */
#include "direct.h"

int main(void)
{
	loaded_leave_sources_out();
	rows_open();
	direct_open();
	for (int i = 0; i < DIRECT_SERVICES; i++) {
		const struct loaded_service *service = &direct_services[i];
		struct frame in = frame_to_vip(service);

		row_count(direct_is_tunnel(service)
				  ? row_passes_frame(
					    &in, NETWORK_CLIENT, SP_REASON_NO_SOURCE)
				  : direct_goes(service, &in),
			"%s: from a device without an address", direct_name(service));
	}
	for (int i = 0; i < CAST; i++) {
		struct frame in = frame_to_vip(&cast[i]), out = frame_to_pod(&cast[i]);

		row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
			"%s: nat from a device without an address", cast_name(&cast[i]));
	}
	return rows_close();
}
