add_library(pchat_flags INTERFACE)
target_include_directories(pchat_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(pchat_flags INTERFACE _GNU_SOURCE
	PCHAT_VERSION="${PROJECT_VERSION}")
target_compile_options(pchat_flags INTERFACE
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef
	-fno-common -fstack-protector-strong
	-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(PCHAT_WERROR)
	target_compile_options(pchat_flags INTERFACE -Werror)
endif()
if(PCHAT_SANITIZE)
	target_compile_options(pchat_flags INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_link_options(pchat_flags INTERFACE -fsanitize=address,undefined)
else()
	target_compile_options(pchat_flags INTERFACE
		$<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE>
		$<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
endif()
if(PCHAT_COVERAGE)
	target_compile_options(pchat_flags INTERFACE --coverage)
	target_link_options(pchat_flags INTERFACE --coverage)
endif()
if(PCHAT_FUZZ)
	target_compile_options(pchat_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
