/*
 * Put one message into a store as pchatd does: say_message STORE GUID AUTHOR TEXT. Prints its
 * number. Tests of what is done with messages need some; say (beside this) is what they call.
 */
#include <stdio.h>

#include "schema/chat.h"

int
main(int argc, char **argv)
{
	PCHAT_AUTO(chat) chat = NULL;
	struct pchat_err err = { 0 };
	struct pchat_message m = { 0 };

	if (argc != 5)
		return 2;
	m.room = pchat_str(argv[2]);
	m.author = pchat_str(argv[3]);
	m.text = pchat_str(argv[4]);
	if (pchat_chat_open(argv[1], true, &chat, &err) || pchat_chat_begin(chat, &err) ||
	    pchat_chat_add(chat, &m, true, &err) || pchat_chat_commit(chat, &err)) {
		fprintf(stderr, "say_message: %s\n", pchat_err_text(&err));
		pchat_err_release(&err);
		return 1;
	}
	printf("%llu\n", (unsigned long long)m.id);
	return 0;
}
