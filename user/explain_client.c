/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients on the command line: ip, ip:port, cookie=TEXT, header=TEXT, query=TEXT. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "explain.h"
#include "hash.h"
#include "model/ranges.h"

static const char *expected_form(enum sp_key key)
{
	switch (key) {
	case SP_KEY_SOURCE_IP_PORT:
		return "ip:port, as 203.0.113.7:40000 or [2001:db8::7]:40000";
	case SP_KEY_SOURCE_IP:
		return "ip or ip:port, as 203.0.113.7 or [2001:db8::7]:40000";
	case SP_KEY_COOKIE:
		return "cookie=TEXT, the value of the cookie";
	case SP_KEY_HEADER:
		return "header=TEXT, the value of the header";
	case SP_KEY_QUERY:
		return "query=TEXT, the value of the query parameter";
	}
	return NULL;
}

static int form_error(const struct service *service, struct text given,
	struct place place, struct diags *diags)
{
	diags_error(diags, place, NULL, "'%.*s' is not a client of %s: expected %s",
		(int)given.len, given.bytes, service->name,
		expected_form(service->policy.key));
	return -EINVAL;
}

static const char *family_name(const struct sp_endpoint *at)
{
	return sp_addr_is_v4(&at->addr) ? "IPv4" : "IPv6";
}

static int client_parse_source(const struct service *service, struct client *client,
	struct place place, struct diags *diags)
{
	struct text given = client->given;
	bool wants_port = service->policy.key == SP_KEY_SOURCE_IP_PORT;

	if (pod_parse(given.bytes, given.len, &client->at) &&
		(wants_port || addr_parse(given.bytes, given.len, &client->at.addr)))
		return form_error(service, given, place, diags);
	client->at.protocol = service->vip.protocol;
	client->refused = !ranges_admit(service, &client->at.addr);
	if (sp_addr_is_v4(&client->at.addr) == sp_addr_is_v4(&service->vip.addr))
		return 0;
	diags_error(diags, place, NULL, "'%.*s' is an %s client, the VIP of %s is %s",
		(int)given.len, given.bytes, family_name(&client->at), service->name,
		family_name(&service->vip));
	return -EINVAL;
}

/* The hash of key source-ip-port is of binary fields; its text names them. */
static void client_hash_source(const struct service *service, struct client *client)
{
	char *buffer = client->buffer;
	size_t len;

	if (service->policy.key == SP_KEY_SOURCE_IP) {
		addr_format(&client->at.addr, buffer);
		client->hash = sp_hash_source_ip(&client->at.addr);
	} else {
		pod_format(&client->at, buffer);
		len = strlen(buffer);
		snprintf(buffer + len, sizeof(client->buffer) - len, " %u/%s",
			ntohs(service->vip.port), protocol_name(service->vip.protocol));
		client->hash = sp_hash_source_ip_port(&client->at, service->vip.port);
	}
	client->text = (struct text){.bytes = buffer, .len = strlen(buffer)};
	client->has_hash = true;
}

static int client_parse_http(const struct service *service, struct client *client,
	struct place place, struct diags *diags)
{
	const char *word = key_name(service->policy.key);
	struct text given = client->given;
	size_t len = strlen(word);

	if (given.len <= len || strncmp(given.bytes, word, len) != 0 ||
		given.bytes[len] != '=')
		return form_error(service, given, place, diags);
	client->text =
		(struct text){.bytes = given.bytes + len + 1, .len = given.len - len - 1};
	client->has_hash = true;
	if (service->policy.key == SP_KEY_HEADER) {
		client->text = key_trim(client->text);
		client->hash = key_hash_header(&client->text, 1);
	} else {
		client->has_hash =
			client->text.len || service->policy.key != SP_KEY_COOKIE;
		client->hash = key_hash_text(client->text);
	}
	return 0;
}

int client_parse(const struct service *service, struct text given, struct place place,
	struct client *ret_client, struct diags *diags)
{
	int error;

	ret_client->given = given;
	memset(&ret_client->at, 0, sizeof(ret_client->at));
	ret_client->refused = false; /* an HTTP client's address is not known here */
	if (service->policy.key != SP_KEY_SOURCE_IP &&
		service->policy.key != SP_KEY_SOURCE_IP_PORT)
		return client_parse_http(service, ret_client, place, diags);
	error = client_parse_source(service, ret_client, place, diags);
	/* Without a key of HTTP's the helper takes any pod, each time. */
	if (service->policy.forward == SP_FORWARD_L7 &&
		service->policy.key == SP_KEY_SOURCE_IP_PORT) {
		ret_client->text = (struct text){.bytes = "", .len = 0};
		ret_client->has_hash = false;
	} else if (!error) {
		client_hash_source(service, ret_client);
	}
	return error;
}
