-- SPDX-License-Identifier: Apache-2.0
-- One row for each kind of record that {name, create: true} may make: whoever is about to make one
-- holds its row, so that two at once make one record of a name and not two.
-- tolerates: 0.1.0

CREATE TABLE name_lock (
	type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (type)
) ENGINE=InnoDB COMMENT='Serialises the making of records by name';
INSERT INTO name_lock (type) VALUES ('organisation'), ('programme'), ('policy');
