# SPDX-License-Identifier: Apache-2.0
unit(json_writer ziara_json)
unit(json_reader ziara_json)
unit(json_suite ziara_json)
if(TARGET json_suite_test)
	set_tests_properties(json_suite PROPERTIES WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endif()
