#include "wire/docs/roaming.h"

void
pchat_contacts_build(struct pchat_buf *out)
{
	/* The blank-free form that a real client was seen to accept. */
	pchat_buf_lit(out, "<contactList deltaNum=\"1\">"
	                   "<group id=\"1\" name=\"~\" externalURI=\"\"/></contactList>");
}

void
pchat_self_build(struct pchat_buf *out)
{
	pchat_buf_lit(out, "<roamingData xmlns=\"http://schemas.microsoft.com/2006/09/sip/"
	                   "roaming-self\"/>");
}
