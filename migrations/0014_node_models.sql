CREATE TABLE `node_models` (
	`node_id` text NOT NULL,
	`model_id` text NOT NULL,
	`sha256` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`node_id`, `model_id`),
	FOREIGN KEY (`node_id`) REFERENCES `nodes`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `node_models_by_model` ON `node_models` (`model_id`,`sha256`);--> statement-breakpoint
ALTER TABLE `join_tokens` ADD `allowed_models` text;--> statement-breakpoint
ALTER TABLE `nodes` ADD `allowed_models` text;