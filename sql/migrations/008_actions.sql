-- SPDX-License-Identifier: Apache-2.0
-- Actions: what is done about recommendations, by whom, with what result, and how far it has come.
-- Only new tables.
-- tolerates: 0.1.0

CREATE TABLE action (
	id BINARY(16) NOT NULL,
	version INT UNSIGNED NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	embargo_until DATETIME(3) NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL,
	last_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	title VARCHAR(300) NOT NULL,
	description TEXT NULL,
	language VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	status VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	start VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	start_lo INT NOT NULL DEFAULT 0,
	start_hi INT NOT NULL DEFAULT 0,
	due VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NULL,
	due_lo INT NOT NULL DEFAULT 0,
	due_hi INT NOT NULL DEFAULT 0,
	note TEXT NULL,
	PRIMARY KEY (id),
	KEY by_due (due_lo) COMMENT 'sort=due, filter due',
	KEY by_title (title) COMMENT 'sort=title',
	KEY by_created (created_at) COMMENT 'sort=created_at',
	KEY by_updated (updated_at) COMMENT 'sort=updated_at',
	KEY by_status (status, due_lo) COMMENT 'filter status, sort=due'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='What is done about recommendations';

CREATE TABLE action_party (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	role VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organisation BINARY(16) NULL,
	name_as_written VARCHAR(300) NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one action, in order',
	CONSTRAINT action_party_parent FOREIGN KEY (parent) REFERENCES action (id),
	KEY by_organisation (organisation) COMMENT 'what refers to one organisation: foreign key, delete check',
	CONSTRAINT action_party_organisation FOREIGN KEY (organisation) REFERENCES organisation (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Who leads an action, and who supports it';

CREATE TABLE action_recommendation (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	recommendation BINARY(16) NOT NULL,
	visit BINARY(16) NOT NULL COMMENT 'the one that made it',
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one action, in order',
	CONSTRAINT action_recommendation_parent FOREIGN KEY (parent) REFERENCES action (id),
	KEY by_recommendation (recommendation) COMMENT 'what refers to one recommendation: foreign key, delete check',
	CONSTRAINT action_recommendation_recommendation FOREIGN KEY (recommendation) REFERENCES visit_recommendation (id),
	KEY by_visit (visit) COMMENT 'what refers to one visit: foreign key, delete check',
	CONSTRAINT action_recommendation_visit FOREIGN KEY (visit) REFERENCES visit (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Recommendations an action serves';

CREATE TABLE action_result (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	visit BINARY(16) NULL,
	policy BINARY(16) NULL,
	section VARCHAR(300) NULL,
	url VARCHAR(2000) NULL,
	note VARCHAR(2000) NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one action, in order',
	CONSTRAINT action_result_parent FOREIGN KEY (parent) REFERENCES action (id),
	KEY by_visit (visit) COMMENT 'what refers to one visit: foreign key, delete check',
	CONSTRAINT action_result_visit FOREIGN KEY (visit) REFERENCES visit (id),
	KEY by_policy (policy) COMMENT 'what refers to one policy: foreign key, delete check',
	CONSTRAINT action_result_policy FOREIGN KEY (policy) REFERENCES policy (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='What came of an action';

CREATE TABLE action_update (
	id BINARY(16) NOT NULL,
	parent BINARY(16) NOT NULL,
	pos INT NOT NULL,
	status VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	date VARCHAR(21) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	date_lo INT NOT NULL DEFAULT 0,
	date_hi INT NOT NULL DEFAULT 0,
	text TEXT NULL,
	lang VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	recorded_at DATETIME(3) NOT NULL,
	PRIMARY KEY (id),
	KEY by_parent (parent, pos) COMMENT 'items of one action, in order',
	CONSTRAINT action_update_parent FOREIGN KEY (parent) REFERENCES action (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='How far an action has come; only ever added to';

CREATE TABLE action_update_evidence (
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
	KEY by_parent (parent, pos) COMMENT 'items of one action update, in order',
	CONSTRAINT action_update_evidence_parent FOREIGN KEY (parent) REFERENCES action_update (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='What an update rests on';

CREATE TABLE action_source (
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
	KEY by_parent (parent, pos) COMMENT 'items of one action, in order',
	CONSTRAINT action_source_parent FOREIGN KEY (parent) REFERENCES action (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci COMMENT='Where the facts of an action come from';
