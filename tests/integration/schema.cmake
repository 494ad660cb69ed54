# SPDX-License-Identifier: Apache-2.0
# After integration.cmake in the alphabet, which defines the function.
integration(schema ziara_register)
integration(torture ziara_app)
integration(document ziara_app)
integration(pages ziara_app)
integration(explain ziara_register)
integration(engagements ziara_app)
integration(likeness_store ziara_app)
if(TEST torture)
	set_tests_properties(torture PROPERTIES TIMEOUT 600) # thousands of requests
endif()
