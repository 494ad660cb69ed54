# SPDX-License-Identifier: Apache-2.0
unit(errors ziara_db)
unit(script ziara_db)
unit(named ziara_db)
add_test(NAME embed COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/unit/embed_test.py)
