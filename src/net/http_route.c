/* SPDX-License-Identifier: MIT */
/* http_route.c - which paths there are, and what may be done with each. */
#include "net/http.h"

#include <stdio.h>
#include <string.h>

typedef void route_fn(struct conn *c, struct http_request *r);

static void
route_health(struct conn *c, struct http_request *r)
{
	http_reply_empty(c, 204);
}

struct route {
	const char *path; /* NULL: any other */
	bool metrics;     /* of the metrics listener, and of no other */
	const char *allow;
	route_fn *run[METHODS];
};

static const struct route routes[] = {
	{ "/healthz", false, "Allow: GET, HEAD\r\n",
	    { [METHOD_GET] = route_health, [METHOD_HEAD] = route_health } },
	{ "/metrics", true, "Allow: GET\r\n", { [METHOD_GET] = http_metrics } },
	{ "/session", false, "Allow: POST, DELETE\r\n",
	    { [METHOD_POST] = http_session_post, [METHOD_DELETE] = http_session_delete } },
	{ "/ws", false, "Allow: GET\r\n", { [METHOD_GET] = http_upgrade } },
	{ NULL, false, "Allow: GET, HEAD\r\n",
	    { [METHOD_GET] = http_file, [METHOD_HEAD] = http_file } },
};

static const struct route *
route_find(const char *path, bool metrics)
{
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (routes[i].metrics == metrics &&
		    (routes[i].path == NULL || strcmp(routes[i].path, path) == 0))
			return &routes[i];
	return NULL;
}

void
http_route(struct conn *c, struct http_request *r)
{
	const struct route *route = route_find(r->head.path, conn_kind(c) == LISTEN_METRICS);

	if (route == NULL)
		http_refuse(c, 404, "there is nothing at this path", NULL);
	else if (route->run[r->head.method] == NULL)
		http_refuse(c, 405, "this path does not allow that method", route->allow);
	else if (r->head.method != METHOD_POST && (r->head.length > 0 || r->head.chunked))
		http_refuse(c, 400, "this method takes no body", NULL);
	else
		route->run[r->head.method](c, r);
}
