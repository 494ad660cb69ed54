-- SPDX-License-Identifier: Apache-2.0
-- Whole records as they were rendered: one primary-key read instead of one for each child table.
-- A cache of the other tables, never the truth: a row is valid only while version, epoch and
-- build are those of the record, of label_epoch and of the program.
-- tolerates: 0.1.0

CREATE TABLE document (
	type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	id BINARY(16) NOT NULL,
	variant VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	version INT UNSIGNED NOT NULL,
	epoch BIGINT NOT NULL,
	build VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	body MEDIUMTEXT NOT NULL,
	PRIMARY KEY (type, id, variant)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Stored renderings; may be emptied at any time';
