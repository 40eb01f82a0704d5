-- How many visitors a sketch stands for, beside the hashes that tell who they are: a chart by day reads numbers only.
-- MySQL has no ADD COLUMN IF NOT EXISTS, and what was stopped halfway runs again.
SET @add_column = (
  SELECT IF(COUNT(*) = 0, 'ALTER TABLE sketch ADD COLUMN visitors BIGINT NOT NULL', 'DO 0')
  FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'sketch' AND column_name = 'visitors');
PREPARE add_column FROM @add_column;
EXECUTE add_column;
DEALLOCATE PREPARE add_column;

-- As BottomK counts: up to k hashes are so many visitors; with one more, k / (the largest hash / 2^48), but more than k.
UPDATE sketch
SET visitors = CASE
  WHEN LENGTH(hashes) DIV 6 <= k THEN LENGTH(hashes) DIV 6
  ELSE GREATEST(k + 1, FLOOR(k * 281474976710656e0 / (CONV(HEX(RIGHT(hashes, 6)), 16, 10) + 0e0) + 0.5e0))
END
WHERE visitors = 0;
