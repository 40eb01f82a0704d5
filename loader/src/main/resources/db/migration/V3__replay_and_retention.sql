-- Since when an id is an alias: a replay of a day must not know yet what its events only made. 0 = before this was kept.
-- MySQL has no ADD COLUMN IF NOT EXISTS, and what was stopped halfway runs again.
SET @add_column = (
  SELECT IF(COUNT(*) = 0, 'ALTER TABLE visitor_alias ADD COLUMN since_ms BIGINT NOT NULL DEFAULT 0', 'DO 0')
  FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'visitor_alias' AND column_name = 'since_ms');
PREPARE add_column FROM @add_column;
EXECUTE add_column;
DEALLOCATE PREPARE add_column;

-- How many rows went with the days that retention dropped, so that counts which never go down still equal rows + these.
-- until_ms is 0, or the end of a partition that is being dropped.
CREATE TABLE IF NOT EXISTS dropped_rows (
  table_name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  until_ms   BIGINT NOT NULL,
  project_id INT UNSIGNED NOT NULL,
  object_id  INT UNSIGNED NOT NULL,
  events     BIGINT NOT NULL,
  counted    BIGINT NOT NULL,
  PRIMARY KEY (table_name, until_ms, project_id, object_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
