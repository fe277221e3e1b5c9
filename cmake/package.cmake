# What is installed beside the programs, and the Debian package: cpack -G DEB in the build folder.
install(FILES ${CMAKE_CURRENT_LIST_DIR}/package/pchatd.service DESTINATION lib/systemd/system)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/package/pchat.sysusers
	DESTINATION lib/sysusers.d RENAME pchat.conf)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/package/pchat.tmpfiles
	DESTINATION lib/tmpfiles.d RENAME pchat.conf)
install(FILES ${PROJECT_SOURCE_DIR}/NEWS.md ${PROJECT_SOURCE_DIR}/README.md
	DESTINATION share/doc/pchat)
install(FILES ${PROJECT_SOURCE_DIR}/docs/examples/contoso.yaml
	DESTINATION share/doc/pchat/examples)
install(FILES ${PROJECT_SOURCE_DIR}/schema/manifest.schema.json DESTINATION share/pchat)

set(CPACK_PACKAGE_NAME pchat)
set(CPACK_PACKAGE_VENDOR pchat)
set(CPACK_PACKAGE_CONTACT "pchat maintainers <pchat@contoso.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "persistent chat server for Lync and Skype for Business clients")
set(CPACK_PACKAGE_DESCRIPTION [[pchatd serves chat rooms with durable history to clients that
speak the Persistent Chat protocol of Lync Server 2013 and Skype for
Business. pchatctl administers it: users, policies, categories and rooms,
from a shell, from scripts and from manifests in YAML. Both share one store,
a directory with SQLite files.]])
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The user is made when the package is configured: by then whoever makes it has to be there.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/package/postinst
	${CMAKE_CURRENT_LIST_DIR}/package/prerm ${CMAKE_CURRENT_LIST_DIR}/package/postrm
	${CMAKE_CURRENT_LIST_DIR}/package/conffiles)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package/debian.cmake)
set(CPACK_PCHAT_DATE "Sat, 21 Nov 2026 12:00:00 +0000") # of the release, as the change log has it
include(CPack)
