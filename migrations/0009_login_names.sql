ALTER TABLE `accounts` ADD `contact_email` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `username_key` text;--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_username_key_unique` ON `accounts` (`username_key`);--> statement-breakpoint
-- Usernames are ASCII. Of several that differ by case alone the oldest gets the key; the others keep their own spelling.
UPDATE `accounts` SET `username_key` = lower(`username`) WHERE `id` IN (SELECT `id` FROM (SELECT `id`, row_number() OVER (PARTITION BY lower(`username`) ORDER BY `number`) AS `place` FROM `accounts` WHERE `username` IS NOT NULL) WHERE `place` = 1);--> statement-breakpoint
-- What an identity provider's account said of itself was never proved, and is no login.
UPDATE `accounts` SET `contact_email` = `email`, `email` = NULL WHERE `subject` IS NOT NULL AND `password_hash` IS NULL AND `email` IS NOT NULL;
