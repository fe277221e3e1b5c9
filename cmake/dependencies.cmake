# Every library comes from a Debian 12 package. What is missing is named all at
# once, with the command that installs it.
find_package(PkgConfig REQUIRED)

set(PCHAT_MISSING "")

macro(pchat_need target module package)
	pkg_check_modules(${target} IMPORTED_TARGET GLOBAL ${module})
	if(NOT ${target}_FOUND)
		list(APPEND PCHAT_MISSING ${package})
	endif()
endmacro()

pchat_need(SOFIA "sofia-sip-ua>=1.12.11" libsofia-sip-ua-dev)
pchat_need(SQLITE "sqlite3>=3.40" libsqlite3-dev)
pchat_need(YAML "yaml-0.1>=0.2.5" libyaml-dev)
pchat_need(EDIT "libedit>=3.1" libedit-dev)
pchat_need(XML2 "libxml-2.0>=2.9.14" libxml2-dev)
pchat_need(JANSSON "jansson>=2.14" libjansson-dev)
pchat_need(CRYPTO "libcrypto>=3.0" libssl-dev)
pchat_need(SSL "libssl>=3.0" libssl-dev)
if(PCHAT_TESTS)
	pchat_need(CMOCKA "cmocka>=1.1.5" libcmocka-dev)
endif()

# Optional: without it nobody signs in by Kerberos ("pchatd --version" tells).
if(PCHAT_KERBEROS)
	pkg_check_modules(KRB5 IMPORTED_TARGET GLOBAL "krb5-gssapi>=1.18")
endif()
# The same for NTLM; and with it messages of Kerberos are signed faster.
if(PCHAT_NTLM OR PCHAT_KERBEROS)
	pkg_check_modules(NETTLE IMPORTED_TARGET GLOBAL "nettle>=3.7")
endif()

if(PCHAT_MISSING)
	list(REMOVE_DUPLICATES PCHAT_MISSING)
	list(JOIN PCHAT_MISSING " " PCHAT_MISSING)
	message(FATAL_ERROR "missing libraries; install them with:\n"
		"  apt-get install ${PCHAT_MISSING}")
endif()
find_package(Threads REQUIRED)
