-- SPDX-License-Identifier: Apache-2.0
-- The words of bodies once more, each with its bodies in the order of their names, so that a page of what is found
-- is read off the index; and which words there are.  A body that an older program writes marks itself (the
-- default, and ON UPDATE), as do all that are there now: while one is marked, pages are made without these
-- tables.  `ziara reindex` takes the marks away.
-- tolerates: 0.1.0

CREATE TABLE posting (
	resource VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	token VARBINARY(160) NOT NULL COMMENT 'As in the table token',
	sort VARCHAR(300) NOT NULL COMMENT 'By what lists are ordered: the name',
	id BINARY(16) NOT NULL,
	cls TINYINT NOT NULL COMMENT 'As in the table token',
	beside VARBINARY(255) NULL COMMENT 'As in the table token',
	PRIMARY KEY (resource, token, sort, id),
	KEY by_id (id, resource) COMMENT 'those of one record, when it changes'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Words with their records in the order of lists, kept by the engine';

CREATE TABLE word (
	resource VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	word VARBINARY(160) NOT NULL,
	PRIMARY KEY (resource, word)
) ENGINE=InnoDB COMMENT='Words that postings have or had, kept by the engine';

ALTER TABLE organisation
	ADD COLUMN postings_due DATETIME NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'Set: its postings may be out of date',
	ADD KEY by_postings_due (postings_due) COMMENT 'whether any is marked';
