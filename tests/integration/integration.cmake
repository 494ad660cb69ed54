# SPDX-License-Identifier: Apache-2.0
# integration(name libraries...): tests/integration/<name>_test.c against a real server; skipped
# without one.  All share one schema, so they run one after the other.
find_package(Threads REQUIRED)

function(integration name)
	set(here ${CMAKE_CURRENT_SOURCE_DIR}/integration)
	if(NOT EXISTS ${here}/${name}_test.c)
		return()
	endif()
	add_executable(${name}_test ${here}/${name}_test.c ${here}/harness.c ${here}/proxy.c)
	if("ziara_app" IN_LIST ARGN)
		target_sources(${name}_test PRIVATE ${here}/client.c)
	endif()
	target_include_directories(${name}_test PRIVATE ${here} ${CMAKE_CURRENT_SOURCE_DIR}/support)
	target_link_libraries(${name}_test PRIVATE ${ARGN} PkgConfig::CMOCKA Threads::Threads)
	add_test(NAME ${name} COMMAND ${name}_test)
	set_tests_properties(${name} PROPERTIES LABELS integration SKIP_RETURN_CODE 77 RESOURCE_LOCK database TIMEOUT 120)
endfunction()

integration(db ziara_db)
integration(db_error ziara_db)
integration(db_tx ziara_db)
integration(db_loss ziara_db)
integration(db_watch ziara_db)
integration(trace ziara_db)
integration(migrate ziara_db)
integration(key ziara_access)
