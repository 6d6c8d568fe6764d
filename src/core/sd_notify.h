/* SPDX-License-Identifier: MIT */
/* sd_notify.h - tells systemd how the node is (sd_notify(3)); does nothing without it. Router
 * thread. */
#ifndef SD_NOTIFY_H
#define SD_NOTIFY_H

void sd_notify_ready(void);
void sd_notify_reloading(void);
void sd_notify_stopping(void);

/* Answers the watchdog as often as WATCHDOG_USEC asks, from the router's loop: a router that hangs
 * is restarted. After runtime_start; stopped by sd_notify_fini. */
void sd_notify_watch(void);
void sd_notify_fini(void);

#endif
