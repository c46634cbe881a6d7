CREATE TABLE `search_dataset_pieces` (
	`id` text PRIMARY KEY NOT NULL,
	`dataset_id` text NOT NULL,
	`position` integer NOT NULL,
	`size_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`dataset_id`) REFERENCES `search_datasets`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `search_dataset_pieces_dataset` ON `search_dataset_pieces` (`dataset_id`,`position`);--> statement-breakpoint
CREATE TABLE `search_datasets` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`created_by` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`query` text NOT NULL,
	`status` text NOT NULL,
	`waits_for` text NOT NULL,
	`documents` text,
	`taken` integer DEFAULT 0 NOT NULL,
	`document_count` integer DEFAULT 0 NOT NULL,
	`row_count` integer DEFAULT 0 NOT NULL,
	`total_tokens` integer DEFAULT 0 NOT NULL,
	`characters` integer DEFAULT 0 NOT NULL,
	`quality_sum` real DEFAULT 0 NOT NULL,
	`exporting` text NOT NULL,
	`exports` text NOT NULL,
	`error` text,
	`waiting_for` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`lease_id` text,
	`lease_until` integer,
	`next_at` integer,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`completed_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `search_datasets_age` ON `search_datasets` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `search_datasets_account` ON `search_datasets` (`account_id`,`status`);--> statement-breakpoint
CREATE INDEX `search_datasets_due` ON `search_datasets` (`next_at`);