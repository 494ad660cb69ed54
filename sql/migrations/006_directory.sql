-- SPDX-License-Identifier: Apache-2.0
-- The directory over the years: names in languages and scripts, what became of a body, who held which
-- post, records that were the same body or person, words by which records are found, and pairs that
-- may be the same.  Only new tables and columns that may be empty.
-- tolerates: 0.1.0

ALTER TABLE organisation
	ADD COLUMN merged_into BINARY(16) NULL COMMENT 'The record that answers for this one: one hop',
	ADD COLUMN merge_asked BINARY(16) NULL COMMENT 'The record it was merged into by hand; undo clears it',
	ADD KEY by_merged (merged_into, id) COMMENT 'records one answers for; foreign key, delete check',
	ADD KEY by_asked (merge_asked) COMMENT 'undo; foreign key, delete check',
	ADD CONSTRAINT organisation_merged FOREIGN KEY (merged_into) REFERENCES organisation (id),
	ADD CONSTRAINT organisation_asked FOREIGN KEY (merge_asked) REFERENCES organisation (id);

ALTER TABLE person
	ADD COLUMN merged_into BINARY(16) NULL COMMENT 'The record that answers for this one: one hop',
	ADD COLUMN merge_asked BINARY(16) NULL COMMENT 'The record it was merged into by hand; undo clears it',
	ADD KEY by_merged (merged_into, id) COMMENT 'records one answers for; foreign key, delete check',
	ADD KEY by_asked (merge_asked) COMMENT 'undo; foreign key, delete check',
	ADD CONSTRAINT person_merged FOREIGN KEY (merged_into) REFERENCES person (id),
	ADD CONSTRAINT person_asked FOREIGN KEY (merge_asked) REFERENCES person (id);

CREATE TABLE organisation_name (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	name VARCHAR(300) NOT NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	script VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	valid_from VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	valid_from_lo INT NOT NULL DEFAULT 0,
	valid_from_hi INT NOT NULL DEFAULT 0,
	valid_to VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	valid_to_lo INT NOT NULL DEFAULT 0,
	valid_to_hi INT NOT NULL DEFAULT 0,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one organisation, in order',
	CONSTRAINT organisation_name_parent FOREIGN KEY (parent) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Other names of a body, and when they were in use';

CREATE TABLE organisation_relation (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	valid_from VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	valid_from_lo INT NOT NULL DEFAULT 0,
	valid_from_hi INT NOT NULL DEFAULT 0,
	valid_to VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	valid_to_lo INT NOT NULL DEFAULT 0,
	valid_to_hi INT NOT NULL DEFAULT 0,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one organisation, in order',
	CONSTRAINT organisation_relation_parent FOREIGN KEY (parent) REFERENCES organisation (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT organisation_relation_organisation FOREIGN KEY (organisation) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='What a body was part of, and its partners, with dates';

CREATE TABLE organisation_succession (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	partial TINYINT NULL,
	date VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	date_lo INT NOT NULL DEFAULT 0,
	date_hi INT NOT NULL DEFAULT 0,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one organisation, in order',
	CONSTRAINT organisation_succession_parent FOREIGN KEY (parent) REFERENCES organisation (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT organisation_succession_organisation FOREIGN KEY (organisation) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='What a body became';

CREATE TABLE person_name (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	name VARCHAR(300) NOT NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	script VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one person, in order',
	CONSTRAINT person_name_parent FOREIGN KEY (parent) REFERENCES person (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Other names and spellings of a person';

CREATE TABLE person_membership (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	post VARCHAR(300) NULL,
	on_behalf_of BINARY(16) NULL,
	valid_from VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	valid_from_lo INT NOT NULL DEFAULT 0,
	valid_from_hi INT NOT NULL DEFAULT 0,
	valid_to VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	valid_to_lo INT NOT NULL DEFAULT 0,
	valid_to_hi INT NOT NULL DEFAULT 0,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one person, in order',
	CONSTRAINT person_membership_parent FOREIGN KEY (parent) REFERENCES person (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT person_membership_organisation FOREIGN KEY (organisation) REFERENCES organisation (id),
	KEY by_on_behalf_of (on_behalf_of) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT person_membership_on_behalf_of FOREIGN KEY (on_behalf_of) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Posts a person held';

CREATE TABLE person_contact (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	value VARCHAR(300) NOT NULL,
	class VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	keep_until VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	keep_until_lo INT NOT NULL DEFAULT 0,
	keep_until_hi INT NOT NULL DEFAULT 0,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one person, in order',
	CONSTRAINT person_contact_parent FOREIGN KEY (parent) REFERENCES person (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='How to reach a person, and until when that may be kept';

ALTER TABLE idempotency
	ADD COLUMN warning VARCHAR(2000) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'Header of the answer';

CREATE TABLE token (
	resource VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	token VARBINARY(160) NOT NULL COMMENT 'A folded word',
	id BINARY(16) NOT NULL COMMENT 'The record it leads to',
	cls TINYINT NOT NULL COMMENT 'Lowest class of the fields that have it',
	beside VARBINARY(255) NULL COMMENT 'All words of the record, each with its class, where they are few',
	PRIMARY KEY (resource, token, id),
	KEY by_id (id, resource, token, cls) COMMENT 'words of one record: when it changes, and whether it has another word'
) ENGINE=InnoDB COMMENT='Words by which records are found, kept by the engine';

CREATE TABLE likeness (
	resource VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	reason VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	likeness VARBINARY(160) NOT NULL COMMENT 'What two records of the same body or person would share',
	id BINARY(16) NOT NULL,
	PRIMARY KEY (resource, reason, likeness, id),
	KEY by_id (id, resource) COMMENT 'those of one record, when it changes'
) ENGINE=InnoDB COMMENT='By what records are held against each other, kept by the engine';

CREATE TABLE likely_pair (
	resource VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	first BINARY(16) NOT NULL COMMENT 'The lower id of the two',
	second BINARY(16) NOT NULL,
	score INT NOT NULL COMMENT 'Higher is likelier',
	reasons VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'Names with spaces between',
	PRIMARY KEY (resource, first, second),
	KEY by_score (resource, score, first, second) COMMENT 'best first',
	KEY by_second (second, resource) COMMENT 'pairs of one record, when it changes'
) ENGINE=InnoDB COMMENT='Records that may be the same, kept by the engine';

ALTER TABLE visit_party ADD KEY by_role (role, organisation, parent) COMMENT 'bodies by the role they played';
ALTER TABLE programme_party ADD KEY by_role (role, organisation, parent) COMMENT 'bodies by the role they have';
