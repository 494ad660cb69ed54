# SPDX-License-Identifier: Apache-2.0
"""What scripts/bench is made of: data, servers, load, figures."""
