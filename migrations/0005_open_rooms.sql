CREATE TABLE `open_rooms` (
	`conversation_id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `open_rooms_account` ON `open_rooms` (`account_id`);