/* SPDX-License-Identifier: MIT */
/* The HTTP side: connections, bodies, the table of routes and the guards. */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include <stdint.h>

#include "sim.h"

/*
 * Listens on 127.0.0.1:port (0: any free one) with a thread for each
 * connection; returns the port.  Exits on failure.  Call once.
 */
uint16_t sim_http_start(struct sim *sim, uint16_t port);

#endif
