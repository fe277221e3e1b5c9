/*
 * Addresses as SIP writes them.
 */
#pragma once

#include <sys/socket.h>

/* Longest "[v6]:port", with terminator. */
#define PSIP_HOSTPORT 64

/* "127.0.0.1:5060", "[::1]:5060"; empty if it is neither. */
void psip_hostport(const struct sockaddr *sa, char ret[PSIP_HOSTPORT]);
/* The same of the near end of @fd. */
void psip_local_hostport(int fd, char ret[PSIP_HOSTPORT]);
