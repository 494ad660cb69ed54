-- SPDX-License-Identifier: Apache-2.0
-- Says whether anything has changed: each change adds one to a row in its own transaction, the last thing before it
-- commits.  Several rows, so that changes do not wait for each other; a row is made when it is first needed.
-- tolerates: 0.1.0

CREATE TABLE write_stamp (
	slot TINYINT UNSIGNED NOT NULL,
	n BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (slot)
) ENGINE=InnoDB COMMENT='How many changes there have been: the sum of n';
