CREATE TABLE `mcp_servers` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`label` text NOT NULL,
	`url` text NOT NULL,
	`description` text,
	`headers` text,
	`header_names` text NOT NULL,
	`session` text,
	`sealed_by` text NOT NULL,
	`is_enabled` integer NOT NULL,
	`server_name` text,
	`protocol_version` text,
	`checked_at` integer,
	`last_error` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mcp_servers_label` ON `mcp_servers` (`account_id`,`label`);--> statement-breakpoint
CREATE TABLE `mcp_tools` (
	`server_id` text NOT NULL,
	`name` text NOT NULL,
	`seen` text,
	`seen_hash` text,
	`pinned` text,
	`pinned_hash` text,
	PRIMARY KEY(`server_id`, `name`),
	FOREIGN KEY (`server_id`) REFERENCES `mcp_servers`(`id`) ON UPDATE no action ON DELETE cascade
);
