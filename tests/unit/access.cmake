# SPDX-License-Identifier: Apache-2.0
unit(access ziara_access)
