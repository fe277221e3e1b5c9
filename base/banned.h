/*
 * String and time calls that have no bound or no thread safety do not compile.
 * Every source file of the project includes this through base/str.h.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat strtok sprintf vsprintf gets atoi atol atoll \
	localtime gmtime ctime asctime
