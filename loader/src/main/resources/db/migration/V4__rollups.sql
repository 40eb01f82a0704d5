-- Counters, sketches and what keeps them right; docs/schema.md says what each is for. All of it can be made again from raw
-- rows. What was stopped halfway runs again from the start, past what is there.

CREATE TABLE IF NOT EXISTS rollup (
  project_id  INT UNSIGNED NOT NULL,
  grain       TINYINT UNSIGNED NOT NULL,
  dimension   TINYINT UNSIGNED NOT NULL,
  period      MEDIUMINT UNSIGNED NOT NULL,
  value_id    BIGINT NOT NULL,
  events      BIGINT NULL,
  visits      BIGINT NULL,
  visit_views BIGINT NULL,
  bounces     BIGINT NULL,
  duration_ms BIGINT NULL,
  engaged_ms  BIGINT NULL,
  newcomers   BIGINT NULL,
  PRIMARY KEY (project_id, grain, dimension, period, value_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sketch (
  project_id INT UNSIGNED NOT NULL,
  grain      TINYINT UNSIGNED NOT NULL,
  dimension  TINYINT UNSIGNED NOT NULL,
  period     MEDIUMINT UNSIGNED NOT NULL,
  value_id   BIGINT NOT NULL,
  k          SMALLINT UNSIGNED NOT NULL,
  hashes     MEDIUMBLOB NOT NULL,
  PRIMARY KEY (project_id, grain, dimension, period, value_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS tuple (
  project_id INT UNSIGNED NOT NULL,
  tuple_id   BIGINT NOT NULL,
  first_id   BIGINT NOT NULL,
  second_id  BIGINT NOT NULL,
  third_id   BIGINT NOT NULL,
  PRIMARY KEY (project_id, tuple_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What committed batches add to rollup and sketch, until it is in there.
CREATE TABLE IF NOT EXISTS rollup_pending (
  loader_id SMALLINT UNSIGNED NOT NULL,
  batch     BIGINT NOT NULL,
  part      SMALLINT UNSIGNED NOT NULL,
  first_ms  BIGINT NOT NULL,
  last_ms   BIGINT NOT NULL,
  counts    MEDIUMBLOB NOT NULL,
  PRIMARY KEY (loader_id, batch, part)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS rollup_closed (
  project_id INT UNSIGNED NOT NULL,
  grain      TINYINT UNSIGNED NOT NULL,
  period     MEDIUMINT UNSIGNED NOT NULL,
  PRIMARY KEY (project_id, grain, period)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS rollup_rebuild (
  request_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  project_id INT UNSIGNED NOT NULL,
  first_day  MEDIUMINT UNSIGNED NOT NULL,
  last_day   MEDIUMINT UNSIGNED NOT NULL,
  next_day   MEDIUMINT UNSIGNED NULL,
  PRIMARY KEY (request_id),
  KEY of_project (project_id, last_day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Raw rows received before until_ms were dropped by retention.
CREATE TABLE IF NOT EXISTS raw_dropped (
  one      TINYINT UNSIGNED NOT NULL,
  until_ms BIGINT NOT NULL,
  PRIMARY KEY (one)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO raw_dropped (one, until_ms) VALUES (1, 0);

-- What is there already is counted by the loader, day by day, while it goes on.
INSERT INTO rollup_rebuild (project_id, first_day, last_day)
SELECT p.project_id, 0, 8388607
FROM project p
WHERE p.deleted_ms IS NULL
AND NOT EXISTS (SELECT 1 FROM rollup_rebuild r WHERE r.project_id = p.project_id);
