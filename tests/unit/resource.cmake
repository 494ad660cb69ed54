# SPDX-License-Identifier: Apache-2.0
unit(shape ziara_register)
unit(sql ziara_app)
unit(cost ziara_app)
unit(known ziara_app)
unit(likeness ziara_register)
if(TARGET sql_test)
	target_compile_definitions(sql_test PRIVATE GOLDEN="${CMAKE_CURRENT_SOURCE_DIR}/golden/sql.txt")
endif()
if(TARGET ziara)
	add_test(NAME openapi_golden COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/golden/compare.sh
		${CMAKE_CURRENT_SOURCE_DIR}/golden/openapi.json $<TARGET_FILE:ziara> openapi)
endif()
