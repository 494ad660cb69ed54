# SPDX-License-Identifier: Apache-2.0
# Part of cmake --install: configuration and systemd's files for the prefix at hand, compressed documents.
cmake_policy(VERSION 3.25)

# The configuration of what is below /usr is in /etc.
cmake_path(NORMAL_PATH CMAKE_INSTALL_PREFIX OUTPUT_VARIABLE prefix)
string(REGEX REPLACE "/$" "" prefix "${prefix}")
if(prefix STREQUAL "/usr")
	set(ZIARA_CONF_DIR /etc/ziara)
else()
	set(ZIARA_CONF_DIR ${prefix}/etc/ziara)
endif()
set(ZIARA_BIN_DIR ${prefix}/${ZIARA_BINDIR})

if(NOT EXISTS "${ZIARA_CONF}")
	message(FATAL_ERROR "${ZIARA_CONF} is missing: build everything first (cmake --build)")
endif()
file(STRINGS ${ZIARA_SYSTEMD}/sandbox.conf lines)
list(FILTER lines EXCLUDE REGEX "SPDX|^# Part of")
list(JOIN lines "\n" ZIARA_SANDBOX)

function(place source folder name)
	configure_file(${source} ${ZIARA_MADE}/${name} @ONLY)
	file(INSTALL DESTINATION ${folder} TYPE FILE FILES ${ZIARA_MADE}/${name})
endfunction()

# An administrator's own configuration is never written over; dpkg sees to its conffiles by itself.
if(NOT EXISTS "$ENV{DESTDIR}${ZIARA_CONF_DIR}/ziara.conf")
	file(INSTALL DESTINATION ${ZIARA_CONF_DIR} TYPE FILE FILES ${ZIARA_CONF})
endif()
foreach(unit ziara.socket ziara.service ziara-migrate.service ziara-reindex.service)
	place(${ZIARA_SYSTEMD}/${unit}.in ${prefix}/lib/systemd/system ${unit})
endforeach()
file(INSTALL DESTINATION ${prefix}/lib/sysusers.d TYPE FILE RENAME ziara.conf FILES ${ZIARA_SYSTEMD}/sysusers.conf)
file(INSTALL DESTINATION ${prefix}/lib/tmpfiles.d TYPE FILE RENAME ziara.conf FILES ${ZIARA_SYSTEMD}/tmpfiles.conf)

function(place_compressed source folder name)
	execute_process(COMMAND gzip -9nc INPUT_FILE ${source} OUTPUT_FILE ${ZIARA_MADE}/${name}.gz COMMAND_ERROR_IS_FATAL ANY)
	file(INSTALL DESTINATION ${folder} TYPE FILE FILES ${ZIARA_MADE}/${name}.gz)
endfunction()

string(TIMESTAMP ZIARA_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH where that is set
configure_file(${ZIARA_PACKAGE}/debian/changelog.template ${ZIARA_MADE}/changelog @ONLY)
place_compressed(${ZIARA_MADE}/changelog ${prefix}/${ZIARA_DOCDIR} changelog)
place_compressed(${ZIARA_PACKAGE}/ziara.8 ${prefix}/${ZIARA_MANDIR}/man8 ziara.8)
