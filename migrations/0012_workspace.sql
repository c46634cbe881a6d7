CREATE TABLE `disposed_objects` (
	`key` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `workspace_files` (
	`account_id` text NOT NULL,
	`path` text NOT NULL,
	`version_id` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`content_type` text NOT NULL,
	`created_at` integer NOT NULL,
	`modified_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `path`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workspace_files_version_id_unique` ON `workspace_files` (`version_id`);--> statement-breakpoint
CREATE TABLE `workspace_parts` (
	`upload_id` text NOT NULL,
	`number` integer NOT NULL,
	`etag` text NOT NULL,
	PRIMARY KEY(`upload_id`, `number`),
	FOREIGN KEY (`upload_id`) REFERENCES `workspace_uploads`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `workspace_uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`path` text NOT NULL,
	`content_type` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`part_bytes` integer NOT NULL,
	`version_id` text NOT NULL,
	`upload_id` text NOT NULL,
	`completed_at` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workspace_uploads_version_id_unique` ON `workspace_uploads` (`version_id`);--> statement-breakpoint
CREATE INDEX `workspace_uploads_account` ON `workspace_uploads` (`account_id`,`id`);--> statement-breakpoint
CREATE INDEX `workspace_uploads_expiry` ON `workspace_uploads` (`expires_at`);