CREATE TABLE `conversation_items` (
	`conversation_id` text NOT NULL,
	`position` integer NOT NULL,
	`rank` integer NOT NULL,
	`id` text NOT NULL,
	`item` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`conversation_id`, `position`, `rank`),
	FOREIGN KEY (`conversation_id`) REFERENCES `conversations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `conversation_items_id_unique` ON `conversation_items` (`id`);--> statement-breakpoint
CREATE TABLE `response_items` (
	`id` text PRIMARY KEY NOT NULL,
	`response_id` text NOT NULL,
	`part` text NOT NULL,
	`position` integer NOT NULL,
	`item` text NOT NULL,
	FOREIGN KEY (`response_id`) REFERENCES `responses`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `response_items_response` ON `response_items` (`response_id`,`part`,`position`);--> statement-breakpoint
CREATE TABLE `responses` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`previous_id` text,
	`state` text NOT NULL,
	`body` text NOT NULL,
	`background` integer NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `responses_account` ON `responses` (`account_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `responses_age` ON `responses` (`created_at`);--> statement-breakpoint
ALTER TABLE `conversations` ADD `metadata` text;