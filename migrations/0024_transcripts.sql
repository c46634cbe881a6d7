CREATE TABLE `transcripts` (
	`id` text PRIMARY KEY NOT NULL,
	`file_name` text NOT NULL,
	`account_id` text NOT NULL,
	`original_name` text NOT NULL,
	`content_type` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `transcripts_file_name_unique` ON `transcripts` (`file_name`);--> statement-breakpoint
CREATE INDEX `transcripts_account` ON `transcripts` (`account_id`);--> statement-breakpoint
CREATE INDEX `transcripts_created` ON `transcripts` (`created_at`);