# Run by cpack when everything is in the staging folder: what only a Debian package has, below
# /usr and /etc, and manual pages compressed as Debian keeps them.
set(root ${CPACK_TEMPORARY_DIRECTORY})
find_program(GZIP gzip REQUIRED)

function(compress)
	if(ARGN)
		execute_process(COMMAND ${GZIP} -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
	endif()
endfunction()

file(GLOB pages ${root}/usr/share/man/man*/*.[1-9])
if(NOT pages)
	message(FATAL_ERROR "no manual pages below ${root}/usr/share/man")
endif()
compress(${pages})

set(doc ${root}/usr/share/doc/pchat)
set(PCHAT_DEB_VERSION ${CPACK_PACKAGE_VERSION})
set(PCHAT_DEB_CONTACT ${CPACK_PACKAGE_CONTACT})
set(PCHAT_DEB_DATE ${CPACK_PCHAT_DATE})
configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog.in ${doc}/changelog @ONLY)
compress(${doc}/changelog)
configure_file(${CMAKE_CURRENT_LIST_DIR}/copyright ${doc}/copyright COPYONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/pchatd.default ${root}/etc/default/pchatd COPYONLY)
