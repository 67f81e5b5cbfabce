using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Shop.Core.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class SellersAndAccountPages : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_member_logins_user_id",
                table: "member_logins");

            migrationBuilder.DropIndex(
                name: "ix_event_receivers_address",
                table: "event_receivers");

            migrationBuilder.AddColumn<string>(
                name: "goods",
                table: "subscriptions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_buyer_id",
                table: "subscriptions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_id",
                table: "subscriptions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_product_id",
                table: "subscriptions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "device",
                table: "sign_in_tickets",
                type: "character varying(300)",
                maxLength: 300,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "network",
                table: "sign_in_tickets",
                type: "character varying(45)",
                maxLength: 45,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_id",
                table: "shop_events",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_buyer_id",
                table: "order_lines",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_id",
                table: "order_lines",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_product_id",
                table: "order_lines",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_id",
                table: "event_receivers",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "amount_minor",
                table: "cart_lines",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_buyer_id",
                table: "cart_lines",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_product_id",
                table: "cart_lines",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "account_closings",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    asked_at = table.Column<long>(type: "bigint", nullable: false),
                    closed_at = table.Column<long>(type: "bigint", nullable: true),
                    points = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_account_closings", x => x.member_id);
                    table.CheckConstraint("ck_account_closings_closed", "(\"state\" = 'closed') = (\"closed_at\" IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_account_closings_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "api_idempotency",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    principal = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    key = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    request_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    status = table.Column<int>(type: "integer", nullable: true),
                    answer = table.Column<string>(type: "text", nullable: true),
                    made_at = table.Column<long>(type: "bigint", nullable: false),
                    done_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_api_idempotency", x => x.id);
                    table.CheckConstraint("ck_api_idempotency_done", "(\"state\" = 'done') = (\"status\" IS NOT NULL) AND (\"status\" IS NULL) = (\"done_at\" IS NULL)");
                });

            migrationBuilder.CreateTable(
                name: "recovery_codes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    hash = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    used_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_recovery_codes", x => x.id);
                    table.ForeignKey(
                        name: "fk_recovery_codes_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "second_factors",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    secret = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    made_at = table.Column<long>(type: "bigint", nullable: false),
                    confirmed_at = table.Column<long>(type: "bigint", nullable: true),
                    last_step = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_second_factors", x => x.member_id);
                    table.ForeignKey(
                        name: "fk_second_factors_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sellers",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    handle = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    logo_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    contact = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    terms_url = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    embed_key = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    made_by = table.Column<long>(type: "bigint", nullable: false),
                    made_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sellers", x => x.id);
                    table.ForeignKey(
                        name: "fk_sellers_members_made_by",
                        column: x => x.made_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_sellers_pictures_logo_hash",
                        column: x => x.logo_hash,
                        principalTable: "pictures",
                        principalColumn: "hash",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "seller_buyers",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    handle = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    seller_id = table.Column<long>(type: "bigint", nullable: false),
                    uuid = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    email = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: true),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    tied_at = table.Column<long>(type: "bigint", nullable: true),
                    made_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_seller_buyers", x => x.id);
                    table.ForeignKey(
                        name: "fk_seller_buyers_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_seller_buyers_sellers_seller_id",
                        column: x => x.seller_id,
                        principalTable: "sellers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "seller_changes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    seller_id = table.Column<long>(type: "bigint", nullable: false),
                    field = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    subject = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    old = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    @new = table.Column<string>(name: "new", type: "character varying(500)", maxLength: 500, nullable: true),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    actor_id = table.Column<long>(type: "bigint", nullable: false),
                    reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_seller_changes", x => x.id);
                    table.ForeignKey(
                        name: "fk_seller_changes_members_actor_id",
                        column: x => x.actor_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_seller_changes_sellers_seller_id",
                        column: x => x.seller_id,
                        principalTable: "sellers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "seller_keys",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    seller_id = table.Column<long>(type: "bigint", nullable: false),
                    prefix = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    scopes = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    made_at = table.Column<long>(type: "bigint", nullable: false),
                    made_by = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: true),
                    revoked_at = table.Column<long>(type: "bigint", nullable: true),
                    used_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_seller_keys", x => x.id);
                    table.ForeignKey(
                        name: "fk_seller_keys_members_made_by",
                        column: x => x.made_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_seller_keys_sellers_seller_id",
                        column: x => x.seller_id,
                        principalTable: "sellers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "seller_origins",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    seller_id = table.Column<long>(type: "bigint", nullable: false),
                    origin = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    added_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_seller_origins", x => x.id);
                    table.ForeignKey(
                        name: "fk_seller_origins_sellers_seller_id",
                        column: x => x.seller_id,
                        principalTable: "sellers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "seller_products",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    seller_id = table.Column<long>(type: "bigint", nullable: false),
                    code = table.Column<string>(type: "character varying(48)", maxLength: 48, nullable: false),
                    title = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    about = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    sale = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    pricing = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    amount_minor = table.Column<long>(type: "bigint", nullable: true),
                    least_minor = table.Column<long>(type: "bigint", nullable: true),
                    most_minor = table.Column<long>(type: "bigint", nullable: true),
                    currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: false),
                    months = table.Column<int>(type: "integer", nullable: true),
                    sign_in = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    terms_url = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    picture_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    on_sale = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    made_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_seller_products", x => x.id);
                    table.CheckConstraint("ck_seller_products_months", "\"months\" BETWEEN 1 AND 99 OR (\"months\" IS NULL AND \"sale\" <> 'recurring')");
                    table.CheckConstraint("ck_seller_products_price", "(\"pricing\" = 'fixed' AND \"amount_minor\" > 0 AND \"least_minor\" IS NULL AND \"most_minor\" IS NULL) OR (\"pricing\" <> 'fixed' AND \"amount_minor\" IS NULL AND \"least_minor\" > 0 AND \"most_minor\" >= \"least_minor\")");
                    table.ForeignKey(
                        name: "fk_seller_products_pictures_picture_hash",
                        column: x => x.picture_hash,
                        principalTable: "pictures",
                        principalColumn: "hash",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_seller_products_sellers_seller_id",
                        column: x => x.seller_id,
                        principalTable: "sellers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "seller_methods",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    handle = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    seller_buyer_id = table.Column<long>(type: "bigint", nullable: false),
                    method_id = table.Column<long>(type: "bigint", nullable: false),
                    brought_at = table.Column<long>(type: "bigint", nullable: true),
                    subscription_id = table.Column<long>(type: "bigint", nullable: true),
                    added_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_seller_methods", x => x.id);
                    table.ForeignKey(
                        name: "fk_seller_methods_saved_methods_method_id",
                        column: x => x.method_id,
                        principalTable: "saved_methods",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_seller_methods_seller_buyers_seller_buyer_id",
                        column: x => x.seller_buyer_id,
                        principalTable: "seller_buyers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_seller_methods_subscriptions_subscription_id",
                        column: x => x.subscription_id,
                        principalTable: "subscriptions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "embed_windows",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    session_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    product_id = table.Column<long>(type: "bigint", nullable: false),
                    token_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    made_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false),
                    used_at = table.Column<long>(type: "bigint", nullable: true),
                    key_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    order_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_embed_windows", x => x.id);
                    table.CheckConstraint("ck_embed_windows_used", "(\"used_at\" IS NULL) = (\"key_hash\" IS NULL) AND (\"order_id\" IS NULL OR \"used_at\" IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_embed_windows_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_embed_windows_seller_products_product_id",
                        column: x => x.product_id,
                        principalTable: "seller_products",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "entitlements",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    seller_id = table.Column<long>(type: "bigint", nullable: false),
                    product_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    delivery_id = table.Column<long>(type: "bigint", nullable: false),
                    effective_at = table.Column<long>(type: "bigint", nullable: false),
                    months = table.Column<int>(type: "integer", nullable: true),
                    granted_at = table.Column<long>(type: "bigint", nullable: false),
                    revoked_at = table.Column<long>(type: "bigint", nullable: true),
                    revoked_reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_entitlements", x => x.id);
                    table.CheckConstraint("ck_entitlements_months", "\"months\" IS NULL OR \"months\" BETWEEN 1 AND 99");
                    table.CheckConstraint("ck_entitlements_revoked", "(\"revoked_at\" IS NULL) = (\"revoked_reason\" IS NULL)");
                    table.ForeignKey(
                        name: "fk_entitlements_deliveries_delivery_id",
                        column: x => x.delivery_id,
                        principalTable: "deliveries",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_entitlements_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_entitlements_seller_products_product_id",
                        column: x => x.product_id,
                        principalTable: "seller_products",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_entitlements_sellers_seller_id",
                        column: x => x.seller_id,
                        principalTable: "sellers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_seller_buyer_id_id",
                table: "subscriptions",
                columns: new[] { "seller_buyer_id", "id" },
                filter: "\"seller_buyer_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_seller_id_id",
                table: "shop_events",
                columns: new[] { "seller_id", "id" },
                filter: "\"seller_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_order_lines_seller_buyer_id_order_id",
                table: "order_lines",
                columns: new[] { "seller_buyer_id", "order_id" },
                filter: "\"seller_buyer_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_order_lines_seller_id_id",
                table: "order_lines",
                columns: new[] { "seller_id", "id" },
                filter: "\"seller_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_member_logins_one_each",
                table: "member_logins",
                columns: new[] { "user_id", "login_provider" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_event_receivers_address",
                table: "event_receivers",
                column: "address",
                unique: true,
                filter: "\"ended_at\" IS NULL AND \"seller_id\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "ux_event_receivers_seller",
                table: "event_receivers",
                column: "seller_id",
                unique: true,
                filter: "\"ended_at\" IS NULL AND \"seller_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_stuck",
                table: "deliveries",
                column: "due_at",
                filter: "\"state\" = 'stuck'");

            migrationBuilder.CreateIndex(
                name: "ix_api_idempotency_made_at",
                table: "api_idempotency",
                column: "made_at");

            migrationBuilder.CreateIndex(
                name: "ix_api_idempotency_principal_key",
                table: "api_idempotency",
                columns: new[] { "principal", "key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_embed_windows_expires_at",
                table: "embed_windows",
                column: "expires_at",
                filter: "\"order_id\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_embed_windows_key_hash",
                table: "embed_windows",
                column: "key_hash",
                unique: true,
                filter: "\"key_hash\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_embed_windows_order_id",
                table: "embed_windows",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_embed_windows_product_id",
                table: "embed_windows",
                column: "product_id");

            migrationBuilder.CreateIndex(
                name: "ix_embed_windows_session_hash",
                table: "embed_windows",
                column: "session_hash");

            migrationBuilder.CreateIndex(
                name: "ix_embed_windows_token_hash",
                table: "embed_windows",
                column: "token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_entitlements_delivery_id",
                table: "entitlements",
                column: "delivery_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_entitlements_member_id_seller_id_product_id",
                table: "entitlements",
                columns: new[] { "member_id", "seller_id", "product_id" });

            migrationBuilder.CreateIndex(
                name: "ix_entitlements_product_id",
                table: "entitlements",
                column: "product_id");

            migrationBuilder.CreateIndex(
                name: "ix_entitlements_seller_id",
                table: "entitlements",
                column: "seller_id");

            migrationBuilder.CreateIndex(
                name: "ix_recovery_codes_member_id",
                table: "recovery_codes",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_seller_buyers_handle",
                table: "seller_buyers",
                column: "handle",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_seller_buyers_member_id_seller_id",
                table: "seller_buyers",
                columns: new[] { "member_id", "seller_id" });

            migrationBuilder.CreateIndex(
                name: "ix_seller_buyers_seller_id_uuid",
                table: "seller_buyers",
                columns: new[] { "seller_id", "uuid" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_seller_changes_actor_id",
                table: "seller_changes",
                column: "actor_id");

            migrationBuilder.CreateIndex(
                name: "ix_seller_changes_seller_id_id",
                table: "seller_changes",
                columns: new[] { "seller_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_seller_keys_made_by",
                table: "seller_keys",
                column: "made_by");

            migrationBuilder.CreateIndex(
                name: "ix_seller_keys_prefix",
                table: "seller_keys",
                column: "prefix",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_seller_keys_seller_id",
                table: "seller_keys",
                column: "seller_id");

            migrationBuilder.CreateIndex(
                name: "ix_seller_methods_handle",
                table: "seller_methods",
                column: "handle",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_seller_methods_method_id",
                table: "seller_methods",
                column: "method_id");

            migrationBuilder.CreateIndex(
                name: "ix_seller_methods_seller_buyer_id_method_id",
                table: "seller_methods",
                columns: new[] { "seller_buyer_id", "method_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_seller_methods_subscription_id",
                table: "seller_methods",
                column: "subscription_id");

            migrationBuilder.CreateIndex(
                name: "ix_seller_origins_seller_id_origin",
                table: "seller_origins",
                columns: new[] { "seller_id", "origin" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_seller_products_code",
                table: "seller_products",
                column: "code",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_seller_products_picture_hash",
                table: "seller_products",
                column: "picture_hash");

            migrationBuilder.CreateIndex(
                name: "ix_seller_products_seller_id",
                table: "seller_products",
                column: "seller_id");

            migrationBuilder.CreateIndex(
                name: "ix_sellers_embed_key",
                table: "sellers",
                column: "embed_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sellers_handle",
                table: "sellers",
                column: "handle",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sellers_logo_hash",
                table: "sellers",
                column: "logo_hash");

            migrationBuilder.CreateIndex(
                name: "ix_sellers_made_by",
                table: "sellers",
                column: "made_by");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "account_closings");

            migrationBuilder.DropTable(
                name: "api_idempotency");

            migrationBuilder.DropTable(
                name: "embed_windows");

            migrationBuilder.DropTable(
                name: "entitlements");

            migrationBuilder.DropTable(
                name: "recovery_codes");

            migrationBuilder.DropTable(
                name: "second_factors");

            migrationBuilder.DropTable(
                name: "seller_changes");

            migrationBuilder.DropTable(
                name: "seller_keys");

            migrationBuilder.DropTable(
                name: "seller_methods");

            migrationBuilder.DropTable(
                name: "seller_origins");

            migrationBuilder.DropTable(
                name: "seller_products");

            migrationBuilder.DropTable(
                name: "seller_buyers");

            migrationBuilder.DropTable(
                name: "sellers");

            migrationBuilder.DropIndex(
                name: "ix_subscriptions_seller_buyer_id_id",
                table: "subscriptions");

            migrationBuilder.DropIndex(
                name: "ix_shop_events_seller_id_id",
                table: "shop_events");

            migrationBuilder.DropIndex(
                name: "ix_order_lines_seller_buyer_id_order_id",
                table: "order_lines");

            migrationBuilder.DropIndex(
                name: "ix_order_lines_seller_id_id",
                table: "order_lines");

            migrationBuilder.DropIndex(
                name: "ux_member_logins_one_each",
                table: "member_logins");

            migrationBuilder.DropIndex(
                name: "ix_event_receivers_address",
                table: "event_receivers");

            migrationBuilder.DropIndex(
                name: "ux_event_receivers_seller",
                table: "event_receivers");

            migrationBuilder.DropIndex(
                name: "ix_deliveries_stuck",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "goods",
                table: "subscriptions");

            migrationBuilder.DropColumn(
                name: "seller_buyer_id",
                table: "subscriptions");

            migrationBuilder.DropColumn(
                name: "seller_id",
                table: "subscriptions");

            migrationBuilder.DropColumn(
                name: "seller_product_id",
                table: "subscriptions");

            migrationBuilder.DropColumn(
                name: "device",
                table: "sign_in_tickets");

            migrationBuilder.DropColumn(
                name: "network",
                table: "sign_in_tickets");

            migrationBuilder.DropColumn(
                name: "seller_id",
                table: "shop_events");

            migrationBuilder.DropColumn(
                name: "seller_buyer_id",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "seller_id",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "seller_product_id",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "seller_id",
                table: "event_receivers");

            migrationBuilder.DropColumn(
                name: "amount_minor",
                table: "cart_lines");

            migrationBuilder.DropColumn(
                name: "seller_buyer_id",
                table: "cart_lines");

            migrationBuilder.DropColumn(
                name: "seller_product_id",
                table: "cart_lines");

            migrationBuilder.CreateIndex(
                name: "ix_member_logins_user_id",
                table: "member_logins",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_event_receivers_address",
                table: "event_receivers",
                column: "address",
                unique: true,
                filter: "\"ended_at\" IS NULL");
        }
    }
}
