# SPDX-License-Identifier: Apache-2.0
unit(request ziara_http)
unit(negotiate ziara_http)
unit(etag ziara_http)
unit(response ziara_http PkgConfig::JANSSON)
unit(router ziara_http)
unit(scan ziara_serve)
unit(params ziara_serve)

if(TARGET ziara_serve)
	add_executable(echo_server ${CMAKE_CURRENT_SOURCE_DIR}/support/echo_server.c)
	target_link_libraries(echo_server PRIVATE ziara_serve)
	foreach(module test_transport transport_lifecycle transport_activation transport_reload transport_slow)
		add_test(NAME ${module} COMMAND Python3::Interpreter -m unittest -v ${module}
			WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/http)
		set_tests_properties(${module} PROPERTIES TIMEOUT 300
			ENVIRONMENT ZIARA_TEST_BIN_DIR=$<TARGET_FILE_DIR:echo_server>)
	endforeach()
endif()
