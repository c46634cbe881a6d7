CREATE TABLE `document_tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`document_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`pages_key` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `document_tasks_document` ON `document_tasks` (`document_id`);--> statement-breakpoint
CREATE INDEX `document_tasks_age` ON `document_tasks` (`created_at`);--> statement-breakpoint
CREATE TABLE `libraries` (
	`account_id` text PRIMARY KEY NOT NULL,
	`checked_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `libraries_checked` ON `libraries` (`checked_at`);--> statement-breakpoint
CREATE TABLE `vector_store_batches` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`store_id` text NOT NULL,
	`file_ids` text NOT NULL,
	`cancelled` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `vector_store_batches_store` ON `vector_store_batches` (`store_id`);--> statement-breakpoint
ALTER TABLE `files` ADD `sha256` text;--> statement-breakpoint
ALTER TABLE `files` ADD `short_id` text;--> statement-breakpoint
ALTER TABLE `files` ADD `document_id` text;--> statement-breakpoint
CREATE UNIQUE INDEX `files_short_id_unique` ON `files` (`short_id`);--> statement-breakpoint
CREATE INDEX `files_document` ON `files` (`document_id`);