-- SPDX-License-Identifier: Apache-2.0
-- The first schema: visits complete; organisations, people, programmes and policies in their
-- simplest form; and what the engine keeps beside them.
-- tolerates: 0.1.0

-- One row; raised in the transaction of every change to an embedded name, label or state.
CREATE TABLE label_epoch (
	only_row TINYINT NOT NULL,
	epoch BIGINT NOT NULL,
	PRIMARY KEY (only_row),
	CONSTRAINT label_epoch_one CHECK (only_row = 1)
) ENGINE=InnoDB COMMENT='Rises with every change of a label that other records embed';
INSERT INTO label_epoch (only_row, epoch) VALUES (1, 1);

CREATE TABLE code (
	list VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	parent VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	label_en VARCHAR(200) NOT NULL,
	label_fr VARCHAR(200) NULL,
	label_sw VARCHAR(200) NULL,
	active BOOLEAN NOT NULL DEFAULT TRUE,
	pos INT NOT NULL,
	PRIMARY KEY (list, code)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Code lists: data, not program';

-- Every write makes one row here in its own transaction: audit, history and feed stand on it.
CREATE TABLE change_log (
	seq BIGINT NOT NULL AUTO_INCREMENT,
	type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	id BINARY(16) NOT NULL,
	old_version INT UNSIGNED NOT NULL,
	new_version INT UNSIGNED NOT NULL,
	action VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	actor VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	at DATETIME(3) NOT NULL,
	snapshot MEDIUMTEXT NULL,
	PRIMARY KEY (seq),
	UNIQUE KEY by_record (type, id, new_version) COMMENT 'history of one record; no version twice'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Who changed what when; snapshots hold ids, not embedded names';

CREATE TABLE tombstone (
	type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	id BINARY(16) NOT NULL,
	version INT UNSIGNED NOT NULL,
	was_public BOOLEAN NOT NULL,
	deleted_at DATETIME(3) NOT NULL,
	last_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	PRIMARY KEY (type, id)
) ENGINE=InnoDB COMMENT='Deleted records: 410, and their ids are never used again';

-- cls is the lowest field class under which the value shows; sort_lo orders pages.
CREATE TABLE facet (
	facet VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	value VARBINARY(900) NOT NULL,
	sort_lo INT NOT NULL,
	id BINARY(16) NOT NULL,
	cls TINYINT NOT NULL,
	PRIMARY KEY (facet, value, sort_lo, id),
	KEY by_id (id, facet) COMMENT 'facets of one record, when it changes'
) ENGINE=InnoDB COMMENT='Filters that reach across children, kept by the engine';

CREATE TABLE idempotency (
	scope VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	idem_key VARBINARY(255) NOT NULL,
	body_hash BINARY(32) NOT NULL,
	status SMALLINT NOT NULL,
	location VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NULL,
	etag VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NULL,
	body MEDIUMBLOB NULL,
	created_at DATETIME(3) NOT NULL,
	PRIMARY KEY (scope, idem_key),
	KEY by_created (created_at) COMMENT 'expiry after 24 hours'
) ENGINE=InnoDB COMMENT='Answers to POST requests that carried an Idempotency-Key';

CREATE TABLE organisation (
	id BINARY(16) NOT NULL,
	version INT UNSIGNED NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	embargo_until DATETIME(3) NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	last_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	name VARCHAR(300) NOT NULL,
	acronym VARCHAR(60) NULL,
	type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	country VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	parent BINARY(16) NULL,
	website VARCHAR(2000) NULL,
	active VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	active_lo INT NOT NULL DEFAULT 0,
	active_hi INT NOT NULL DEFAULT 0,
	note TEXT NULL,
	PRIMARY KEY (id),
	KEY by_name (name) COMMENT 'sort=name, reuse of {name, create}',
	KEY by_created (created_at) COMMENT 'sort=created_at',
	KEY by_updated (updated_at) COMMENT 'sort=updated_at',
	KEY by_country (country, name) COMMENT 'filter country, sort=name',
	KEY by_type (type, name) COMMENT 'filter type, sort=name',
	KEY by_acronym (acronym, name) COMMENT 'filter acronym, sort=name',
	KEY by_parent (parent, name) COMMENT 'filter parent, sort=name; foreign key',
	CONSTRAINT organisation_parent FOREIGN KEY (parent) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Bodies of the partner directory';

CREATE TABLE organisation_identifier (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	scheme VARCHAR(60) COLLATE utf8mb4_nopad_bin NOT NULL,
	value VARCHAR(150) COLLATE utf8mb4_nopad_bin NOT NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one organisation, in order',
	CONSTRAINT organisation_identifier_parent FOREIGN KEY (parent) REFERENCES organisation (id),
	UNIQUE KEY by_value (scheme, value) COMMENT 'one record a number; reference by identifier'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Numbers of a body in other registers';

CREATE TABLE person (
	id BINARY(16) NOT NULL,
	version INT UNSIGNED NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	embargo_until DATETIME(3) NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	last_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	name VARCHAR(300) NOT NULL,
	honorific VARCHAR(60) NULL,
	note TEXT NULL,
	PRIMARY KEY (id),
	KEY by_name (name) COMMENT 'sort=name',
	KEY by_created (created_at) COMMENT 'sort=created_at',
	KEY by_updated (updated_at) COMMENT 'sort=updated_at'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='People who hold seats';

CREATE TABLE programme (
	id BINARY(16) NOT NULL,
	version INT UNSIGNED NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	embargo_until DATETIME(3) NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	last_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	title VARCHAR(300) NOT NULL,
	acronym VARCHAR(60) NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	parent BINARY(16) NULL,
	dates VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	dates_lo INT NOT NULL DEFAULT 0,
	dates_hi INT NOT NULL DEFAULT 0,
	objectives MEDIUMTEXT NULL,
	origin TEXT NULL,
	summary TEXT NULL,
	countries TEXT NULL,
	website VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_title (title) COMMENT 'sort=title, reuse of {title, create}',
	KEY by_dates (dates_lo) COMMENT 'sort=dates',
	KEY by_created (created_at) COMMENT 'sort=created_at',
	KEY by_updated (updated_at) COMMENT 'sort=updated_at',
	KEY by_acronym (acronym, title) COMMENT 'filter acronym, sort=title',
	KEY by_parent (parent, title) COMMENT 'filter parent, sort=title; foreign key',
	CONSTRAINT programme_parent FOREIGN KEY (parent) REFERENCES programme (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Programmes, projects, phases and components';

CREATE TABLE programme_party (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	role VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	via BINARY(16) NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one programme, in order',
	CONSTRAINT programme_party_parent FOREIGN KEY (parent) REFERENCES programme (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT programme_party_organisation FOREIGN KEY (organisation) REFERENCES organisation (id),
	KEY by_via (via) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT programme_party_via FOREIGN KEY (via) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Who funds, runs or advises a programme';

CREATE TABLE programme_identifier (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	scheme VARCHAR(60) COLLATE utf8mb4_nopad_bin NOT NULL,
	value VARCHAR(150) COLLATE utf8mb4_nopad_bin NOT NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one programme, in order',
	CONSTRAINT programme_identifier_parent FOREIGN KEY (parent) REFERENCES programme (id),
	UNIQUE KEY by_value (scheme, value) COMMENT 'one record a number; reference by identifier'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Numbers of a programme in other registers';

CREATE TABLE programme_source (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	title VARCHAR(300) NULL,
	publisher VARCHAR(300) NULL,
	url VARCHAR(2000) NULL,
	published_at VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	published_at_lo INT NOT NULL DEFAULT 0,
	published_at_hi INT NOT NULL DEFAULT 0,
	accessed VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	accessed_lo INT NOT NULL DEFAULT 0,
	accessed_hi INT NOT NULL DEFAULT 0,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one programme, in order',
	CONSTRAINT programme_source_parent FOREIGN KEY (parent) REFERENCES programme (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Where the facts of a programme come from';

CREATE TABLE policy (
	id BINARY(16) NOT NULL,
	version INT UNSIGNED NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	embargo_until DATETIME(3) NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	last_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	title VARCHAR(300) NOT NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	country VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	stage VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	dates VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	dates_lo INT NOT NULL DEFAULT 0,
	dates_hi INT NOT NULL DEFAULT 0,
	summary TEXT NULL,
	organisation BINARY(16) NULL,
	url VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_title (title) COMMENT 'sort=title, reuse of {title, create}',
	KEY by_created (created_at) COMMENT 'sort=created_at',
	KEY by_updated (updated_at) COMMENT 'sort=updated_at',
	KEY by_country (country, title) COMMENT 'filter country, sort=title',
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT policy_organisation FOREIGN KEY (organisation) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Policies, bills, strategies';

CREATE TABLE policy_identifier (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	scheme VARCHAR(60) COLLATE utf8mb4_nopad_bin NOT NULL,
	value VARCHAR(150) COLLATE utf8mb4_nopad_bin NOT NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one policy, in order',
	CONSTRAINT policy_identifier_parent FOREIGN KEY (parent) REFERENCES policy (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Numbers of a policy';

CREATE TABLE policy_source (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	title VARCHAR(300) NULL,
	publisher VARCHAR(300) NULL,
	url VARCHAR(2000) NULL,
	published_at VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	published_at_lo INT NOT NULL DEFAULT 0,
	published_at_hi INT NOT NULL DEFAULT 0,
	accessed VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	accessed_lo INT NOT NULL DEFAULT 0,
	accessed_hi INT NOT NULL DEFAULT 0,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one policy, in order',
	CONSTRAINT policy_source_parent FOREIGN KEY (parent) REFERENCES policy (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Where the facts of a policy come from';

CREATE TABLE visit (
	id BINARY(16) NOT NULL,
	version INT UNSIGNED NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	embargo_until DATETIME(3) NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	last_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	title VARCHAR(300) NOT NULL,
	ref VARCHAR(100) NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	mode VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	status VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	summary TEXT NULL,
	outcome TEXT NULL,
	objectives MEDIUMTEXT NULL,
	planned_dates VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	planned_dates_lo INT NOT NULL DEFAULT 0,
	planned_dates_hi INT NOT NULL DEFAULT 0,
	dates VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	dates_lo INT NOT NULL DEFAULT 0,
	dates_hi INT NOT NULL DEFAULT 0,
	dates_as_written VARCHAR(300) NULL,
	duration_as_written VARCHAR(300) NULL,
	delegation_size INT NULL,
	delegation_women INT NULL,
	delegation_men INT NULL,
	programme BINARY(16) NULL,
	themes TEXT NULL,
	recommendations_complete BOOLEAN NULL,
	clearance_reference VARCHAR(100) NULL,
	clearance_authority VARCHAR(300) NULL,
	clearance_date VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	clearance_date_lo INT NOT NULL DEFAULT 0,
	clearance_date_hi INT NOT NULL DEFAULT 0,
	report_due VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	report_due_lo INT NOT NULL DEFAULT 0,
	report_due_hi INT NOT NULL DEFAULT 0,
	report_received VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	report_received_lo INT NOT NULL DEFAULT 0,
	report_received_hi INT NOT NULL DEFAULT 0,
	report_source VARCHAR(2000) NULL,
	note TEXT NULL,
	PRIMARY KEY (id),
	KEY by_dates (dates_lo) COMMENT 'sort=dates, filter dates',
	KEY by_title (title) COMMENT 'sort=title',
	KEY by_created (created_at) COMMENT 'sort=created_at',
	KEY by_updated (updated_at) COMMENT 'sort=updated_at',
	KEY by_kind (kind, dates_lo) COMMENT 'filter kind, sort=dates',
	KEY by_ref (ref, dates_lo) COMMENT 'filter ref, sort=dates',
	KEY by_programme (programme) COMMENT 'what refers to one programme: foreign key, delete check',
	CONSTRAINT visit_programme FOREIGN KEY (programme) REFERENCES programme (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='One trip or exchange';

CREATE TABLE visit_identifier (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	scheme VARCHAR(60) COLLATE utf8mb4_nopad_bin NOT NULL,
	value VARCHAR(150) COLLATE utf8mb4_nopad_bin NOT NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_identifier_parent FOREIGN KEY (parent) REFERENCES visit (id),
	KEY by_value (scheme, value) COMMENT 'lookup by number'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Numbers given to a visit elsewhere';

CREATE TABLE visit_leg (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	country VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	place VARCHAR(300) NULL,
	dates VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	dates_lo INT NOT NULL DEFAULT 0,
	dates_hi INT NOT NULL DEFAULT 0,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_leg_parent FOREIGN KEY (parent) REFERENCES visit (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Host stays';

CREATE TABLE visit_party (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	role VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	country VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	via BINARY(16) NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_party_parent FOREIGN KEY (parent) REFERENCES visit (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_party_organisation FOREIGN KEY (organisation) REFERENCES organisation (id),
	KEY by_via (via) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_party_via FOREIGN KEY (via) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Bodies and countries in their roles';

CREATE TABLE visit_seat (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	capacity VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	post VARCHAR(300) NULL,
	organisation BINARY(16) NULL,
	on_behalf_of BINARY(16) NULL,
	person BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	public_office BOOLEAN NULL,
	represented_by VARCHAR(300) NULL,
	country VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	head_count INT NULL,
	count_women INT NULL,
	count_men INT NULL,
	note VARCHAR(2000) NULL,
	uncertain BOOLEAN NULL,
	dates VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	dates_lo INT NOT NULL DEFAULT 0,
	dates_hi INT NOT NULL DEFAULT 0,
	cost_amount DECIMAL(18,2) NULL,
	cost_currency VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	cost_payer BINARY(16) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_seat_parent FOREIGN KEY (parent) REFERENCES visit (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_seat_organisation FOREIGN KEY (organisation) REFERENCES organisation (id),
	KEY by_on_behalf_of (on_behalf_of) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_seat_on_behalf_of FOREIGN KEY (on_behalf_of) REFERENCES organisation (id),
	KEY by_person (person) COMMENT 'what refers to one person: foreign key, delete check',
	CONSTRAINT visit_seat_person FOREIGN KEY (person) REFERENCES person (id),
	KEY by_cost_payer (cost_payer) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_seat_cost_payer FOREIGN KEY (cost_payer) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Places in the delegation';

CREATE TABLE visit_meeting (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	date VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	date_lo INT NOT NULL DEFAULT 0,
	date_hi INT NOT NULL DEFAULT 0,
	place VARCHAR(300) NULL,
	subject VARCHAR(300) NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_meeting_parent FOREIGN KEY (parent) REFERENCES visit (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Meetings of a visit';

CREATE TABLE visit_meeting_seat (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	capacity VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	post VARCHAR(300) NULL,
	organisation BINARY(16) NULL,
	on_behalf_of BINARY(16) NULL,
	person BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	public_office BOOLEAN NULL,
	represented_by VARCHAR(300) NULL,
	country VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	head_count INT NULL,
	count_women INT NULL,
	count_men INT NULL,
	note VARCHAR(2000) NULL,
	uncertain BOOLEAN NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit meeting, in order',
	CONSTRAINT visit_meeting_seat_parent FOREIGN KEY (parent) REFERENCES visit_meeting (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_meeting_seat_organisation FOREIGN KEY (organisation) REFERENCES organisation (id),
	KEY by_on_behalf_of (on_behalf_of) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_meeting_seat_on_behalf_of FOREIGN KEY (on_behalf_of) REFERENCES organisation (id),
	KEY by_person (person) COMMENT 'what refers to one person: foreign key, delete check',
	CONSTRAINT visit_meeting_seat_person FOREIGN KEY (person) REFERENCES person (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Places at a meeting';

CREATE TABLE visit_learning (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	text TEXT NOT NULL,
	lang VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	themes TEXT NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_learning_parent FOREIGN KEY (parent) REFERENCES visit (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='What was observed';

CREATE TABLE visit_recommendation (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	number VARCHAR(40) NULL,
	text TEXT NOT NULL,
	lang VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	rationale TEXT NULL,
	levels TEXT NULL,
	due VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	due_lo INT NOT NULL DEFAULT 0,
	due_hi INT NOT NULL DEFAULT 0,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_recommendation_parent FOREIGN KEY (parent) REFERENCES visit (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='What was proposed';

CREATE TABLE visit_recommendation_addressee (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	focal_point VARCHAR(300) NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit recommendation, in order',
	CONSTRAINT visit_recommendation_addressee_parent FOREIGN KEY (parent) REFERENCES visit_recommendation (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_recommendation_addressee_organisation FOREIGN KEY (organisation) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Bodies asked to act';

CREATE TABLE visit_recommendation_counterpart (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit recommendation, in order',
	CONSTRAINT visit_recommendation_counterpart_parent FOREIGN KEY (parent) REFERENCES visit_recommendation (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT visit_recommendation_counterpart_organisation FOREIGN KEY (organisation) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Bodies to link with';

CREATE TABLE visit_purpose_link (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	policy BINARY(16) NOT NULL,
	section VARCHAR(300) NULL,
	relation VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	rationale VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_purpose_link_parent FOREIGN KEY (parent) REFERENCES visit (id),
	KEY by_policy (policy) COMMENT 'what refers to one policy: foreign key, delete check',
	CONSTRAINT visit_purpose_link_policy FOREIGN KEY (policy) REFERENCES policy (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Policies a visit serves or studied';

CREATE TABLE visit_source (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	title VARCHAR(300) NULL,
	publisher VARCHAR(300) NULL,
	url VARCHAR(2000) NULL,
	published_at VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	published_at_lo INT NOT NULL DEFAULT 0,
	published_at_hi INT NOT NULL DEFAULT 0,
	accessed VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	accessed_lo INT NOT NULL DEFAULT 0,
	accessed_hi INT NOT NULL DEFAULT 0,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one visit, in order',
	CONSTRAINT visit_source_parent FOREIGN KEY (parent) REFERENCES visit (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Where the facts of a visit come from';
