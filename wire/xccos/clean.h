/*
 * Characters that XML 1.0 forbids, taken out before the parser sees them (xccos.md
 * section 3.5). Clients do send them: GLib writes a control character as a reference like
 * &#x1; and no XML parser takes that.
 */
#pragma once

#include "base/buf.h"

/* @body (well-formed UTF-8) without C0 controls other than TAB, LF and CR, without U+FFFE and
 * U+FFFF, and without references to them. If there are none, *ret is @body itself; else the copy
 * is made in @scratch, which is cleared first. False if there is no memory. */
bool pchat_xml_clean(struct pchat_str body, struct pchat_buf *scratch, struct pchat_str *ret);
