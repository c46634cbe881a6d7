CREATE TABLE `storage_reservations` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`bytes` integer NOT NULL,
	`files` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `storage_reservations_account` ON `storage_reservations` (`account_id`,`expires_at`);--> statement-breakpoint
CREATE INDEX `storage_reservations_expires` ON `storage_reservations` (`expires_at`);--> statement-breakpoint
CREATE TABLE `stored_files` (
	`account_id` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`files` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
-- What is stored already counts, too.
INSERT INTO `stored_files` (`account_id`, `bytes`, `files`) SELECT `account_id`, sum(`size_bytes`), count(*) FROM `datasets` GROUP BY `account_id`;
