#include "wire/sip/hostport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

void
psip_hostport(const struct sockaddr *sa, char ret[PSIP_HOSTPORT])
{
	char host[INET6_ADDRSTRLEN] = "";

	ret[0] = '\0';
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(ret, PSIP_HOSTPORT, "%s:%u", host, ntohs(in->sin_port));
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(ret, PSIP_HOSTPORT, "[%s]:%u", host, ntohs(in6->sin6_port));
	}
}

void
psip_local_hostport(int fd, char ret[PSIP_HOSTPORT])
{
	struct sockaddr_storage sa = { 0 };
	socklen_t size = sizeof(sa);

	ret[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&sa, &size) == 0)
		psip_hostport((struct sockaddr *)&sa, ret);
}
