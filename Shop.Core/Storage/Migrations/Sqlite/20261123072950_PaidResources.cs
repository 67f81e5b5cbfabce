using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PaidResources : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "resources",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    code = table.Column<string>(type: "TEXT", maxLength: 48, nullable: false),
                    title = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    summary = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    form = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    price_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    points = table.Column<int>(type: "INTEGER", nullable: true),
                    body = table.Column<string>(type: "TEXT", nullable: true),
                    file_name = table.Column<string>(type: "TEXT", maxLength: 150, nullable: true),
                    media_type = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    file_length = table.Column<long>(type: "INTEGER", nullable: false),
                    file_number = table.Column<int>(type: "INTEGER", nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    on_sale = table.Column<int>(type: "INTEGER", nullable: false),
                    revision = table.Column<int>(type: "INTEGER", nullable: false),
                    made_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_resources", x => x.id);
                    table.CheckConstraint("ck_resources_price", "\"price_minor\" > 0 AND (\"points\" IS NULL OR \"points\" > 0)");
                });

            migrationBuilder.CreateTable(
                name: "matrix_orders",
                columns: table => new
                {
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    resource_id = table.Column<long>(type: "INTEGER", nullable: true),
                    seller_id = table.Column<long>(type: "INTEGER", nullable: true),
                    fulfillment_url = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: false),
                    has_token = table.Column<int>(type: "INTEGER", nullable: false),
                    reorder_url = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: true),
                    contract_hash = table.Column<string>(type: "TEXT", maxLength: 52, nullable: false),
                    session_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    claimed_session_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    claimed_by = table.Column<long>(type: "INTEGER", nullable: true),
                    claimed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    open_key = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    recovery_generation = table.Column<int>(type: "INTEGER", nullable: false),
                    refunds = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_matrix_orders", x => x.order_id);
                    table.CheckConstraint("ck_matrix_orders_claimed", "(\"claimed_at\" IS NULL) = (\"claimed_session_hash\" IS NULL) AND (\"claimed_at\" IS NOT NULL OR \"claimed_by\" IS NULL)");
                    table.CheckConstraint("ck_matrix_orders_open", "\"open_key\" IS NULL OR (\"resource_id\" IS NOT NULL AND \"session_hash\" IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_matrix_orders_members_claimed_by",
                        column: x => x.claimed_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_matrix_orders_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_matrix_orders_resources_resource_id",
                        column: x => x.resource_id,
                        principalTable: "resources",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_matrix_orders_sellers_seller_id",
                        column: x => x.seller_id,
                        principalTable: "sellers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "resource_file_parts",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    resource_id = table.Column<long>(type: "INTEGER", nullable: false),
                    file_number = table.Column<int>(type: "INTEGER", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    bytes = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_resource_file_parts", x => x.id);
                    table.ForeignKey(
                        name: "fk_resource_file_parts_resources_resource_id",
                        column: x => x.resource_id,
                        principalTable: "resources",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "paid_sessions",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    session_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    proved_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_paid_sessions", x => x.id);
                    table.ForeignKey(
                        name: "fk_paid_sessions_matrix_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "matrix_orders",
                        principalColumn: "order_id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_matrix_orders_claimed_by",
                table: "matrix_orders",
                column: "claimed_by",
                filter: "\"claimed_by\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_matrix_orders_refunds",
                table: "matrix_orders",
                column: "refunds",
                filter: "\"refunds\" > 0");

            migrationBuilder.CreateIndex(
                name: "ix_matrix_orders_resource_id",
                table: "matrix_orders",
                column: "resource_id");

            migrationBuilder.CreateIndex(
                name: "ix_matrix_orders_seller_id",
                table: "matrix_orders",
                column: "seller_id");

            migrationBuilder.CreateIndex(
                name: "ix_matrix_orders_session_hash_order_id",
                table: "matrix_orders",
                columns: new[] { "session_hash", "order_id" },
                filter: "\"session_hash\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_matrix_orders_open_key",
                table: "matrix_orders",
                column: "open_key",
                unique: true,
                filter: "\"open_key\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_paid_sessions_order_id_session_hash",
                table: "paid_sessions",
                columns: new[] { "order_id", "session_hash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_paid_sessions_session_hash",
                table: "paid_sessions",
                column: "session_hash");

            migrationBuilder.CreateIndex(
                name: "ix_resource_file_parts_resource_id_file_number_number",
                table: "resource_file_parts",
                columns: new[] { "resource_id", "file_number", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_resources_code",
                table: "resources",
                column: "code",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "paid_sessions");

            migrationBuilder.DropTable(
                name: "resource_file_parts");

            migrationBuilder.DropTable(
                name: "matrix_orders");

            migrationBuilder.DropTable(
                name: "resources");
        }
    }
}
