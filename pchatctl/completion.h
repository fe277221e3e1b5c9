/*
 * The completion scripts of completions/, which the program carries with it.
 */
#pragma once

struct pchat_completion_script {
	const char *shell; /* "bash" */
	const char *text;
};
/* Ended by .shell == NULL; made by embed_completions.cmake. */
extern const struct pchat_completion_script pchat_completion_scripts[];
