#include "wire/docs/roaming.h"

void
pchat_contacts_build(struct pchat_buf *out)
{
	/* The blank-free form that a real client was seen to accept. */
	pchat_buf_lit(out, "<contactList deltaNum=\"1\">"
	                   "<group id=\"1\" name=\"~\" externalURI=\"\"/></contactList>");
}
