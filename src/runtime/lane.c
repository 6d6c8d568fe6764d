/* SPDX-License-Identifier: MIT */
/* lane.c - tickets: an order that fibers keep while they work side by side. */
#include "runtime/runtime.h"

#include <stddef.h>

/* The task on whose stack the ticket lies: it must not end before the ticket has left. */
static struct task *
ticket_host(const struct parley_ticket *ticket)
{
	int number = fiber_of_address(ticket);

	return number >= 0 ? &runtime.tasks[number] : NULL;
}

void
parley_lane_join(struct parley_lane *lane, struct parley_ticket *ticket)
{
	struct task *host = ticket_host(ticket);

	assert_router();
	*ticket = (struct parley_ticket){ .prev = lane->tail, .lane = lane };
	if (lane->tail != NULL)
		lane->tail->next = ticket;
	else
		lane->head = ticket;
	lane->tail = ticket;
	if (lane->head == ticket)
		parley_event_set(&ticket->turn, 0);
	if (host != NULL)
		host->tickets++;
}

int
parley_await_turn(struct parley_ticket *ticket)
{
	return await_event(&ticket->turn, -1, "turn");
}

void
parley_lane_leave(struct parley_ticket *ticket)
{
	struct parley_lane *lane = ticket->lane;
	struct task *host = ticket_host(ticket);

	assert_router();
	if (lane == NULL)
		return;
	ticket->lane = NULL;
	if (ticket->next != NULL)
		ticket->next->prev = ticket->prev;
	else
		lane->tail = ticket->prev;
	if (ticket->prev != NULL)
		ticket->prev->next = ticket->next;
	else
		lane->head = ticket->next;
	if (ticket->prev == NULL && ticket->next != NULL)
		parley_event_set(&ticket->next->turn, 0);
	if (host != NULL)
		host->tickets--;
}
