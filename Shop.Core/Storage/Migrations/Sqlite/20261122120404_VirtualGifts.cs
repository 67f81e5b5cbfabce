using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class VirtualGifts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "catalogue_changes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    sku = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    field = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    old = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    @new = table.Column<string>(name: "new", type: "TEXT", maxLength: 300, nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor_id = table.Column<long>(type: "INTEGER", nullable: true),
                    reason = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_catalogue_changes", x => x.id);
                    table.ForeignKey(
                        name: "fk_catalogue_changes_members_actor_id",
                        column: x => x.actor_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "named_senders",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    sender_id = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_named_senders", x => new { x.member_id, x.sender_id });
                    table.ForeignKey(
                        name: "fk_named_senders_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_named_senders_members_sender_id",
                        column: x => x.sender_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "pictures",
                columns: table => new
                {
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    png = table.Column<byte[]>(type: "BLOB", nullable: false),
                    width = table.Column<int>(type: "INTEGER", nullable: false),
                    height = table.Column<int>(type: "INTEGER", nullable: false),
                    added_by = table.Column<long>(type: "INTEGER", nullable: true),
                    added_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pictures", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "virtual_gift_offers",
                columns: table => new
                {
                    delivery_id = table.Column<long>(type: "INTEGER", nullable: false),
                    recipient_id = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    offered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    lapses_at = table.Column<long>(type: "INTEGER", nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_virtual_gift_offers", x => x.delivery_id);
                    table.CheckConstraint("ck_virtual_gift_offers_decided", "(\"state\" = 'offered') = (\"decided_at\" IS NULL)");
                    table.ForeignKey(
                        name: "fk_virtual_gift_offers_deliveries_delivery_id",
                        column: x => x.delivery_id,
                        principalTable: "deliveries",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_virtual_gift_offers_members_recipient_id",
                        column: x => x.recipient_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "virtual_gift_wishes",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    senders = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    unnamed = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_virtual_gift_wishes", x => x.member_id);
                    table.ForeignKey(
                        name: "fk_virtual_gift_wishes_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "virtual_gifts",
                columns: table => new
                {
                    sku = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    tags = table.Column<string>(type: "TEXT", maxLength: 202, nullable: true),
                    featured = table.Column<int>(type: "INTEGER", nullable: false),
                    custom = table.Column<int>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    made_by = table.Column<long>(type: "INTEGER", nullable: true),
                    made_at = table.Column<long>(type: "INTEGER", nullable: false),
                    approved_by = table.Column<long>(type: "INTEGER", nullable: true),
                    approved_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_virtual_gifts", x => x.sku);
                    table.CheckConstraint("ck_virtual_gifts_approved", "(\"state\" = 'proposed') = (\"approved_at\" IS NULL)");
                    table.ForeignKey(
                        name: "fk_virtual_gifts_members_approved_by",
                        column: x => x.approved_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_virtual_gifts_members_made_by",
                        column: x => x.made_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "product_pictures",
                columns: table => new
                {
                    sku = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    size = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_product_pictures", x => new { x.sku, x.size });
                    table.ForeignKey(
                        name: "fk_product_pictures_pictures_hash",
                        column: x => x.hash,
                        principalTable: "pictures",
                        principalColumn: "hash",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_catalogue_changes_actor_id",
                table: "catalogue_changes",
                column: "actor_id");

            migrationBuilder.CreateIndex(
                name: "ix_catalogue_changes_sku_id",
                table: "catalogue_changes",
                columns: new[] { "sku", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_named_senders_sender_id",
                table: "named_senders",
                column: "sender_id");

            migrationBuilder.CreateIndex(
                name: "ix_product_pictures_hash",
                table: "product_pictures",
                column: "hash");

            migrationBuilder.CreateIndex(
                name: "ix_virtual_gift_offers_open",
                table: "virtual_gift_offers",
                column: "lapses_at",
                filter: "\"state\" = 'offered'");

            migrationBuilder.CreateIndex(
                name: "ix_virtual_gift_offers_recipient_id_state",
                table: "virtual_gift_offers",
                columns: new[] { "recipient_id", "state" });

            migrationBuilder.CreateIndex(
                name: "ix_virtual_gifts_approved_by",
                table: "virtual_gifts",
                column: "approved_by");

            migrationBuilder.CreateIndex(
                name: "ix_virtual_gifts_made_by",
                table: "virtual_gifts",
                column: "made_by");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "catalogue_changes");

            migrationBuilder.DropTable(
                name: "named_senders");

            migrationBuilder.DropTable(
                name: "product_pictures");

            migrationBuilder.DropTable(
                name: "virtual_gift_offers");

            migrationBuilder.DropTable(
                name: "virtual_gift_wishes");

            migrationBuilder.DropTable(
                name: "virtual_gifts");

            migrationBuilder.DropTable(
                name: "pictures");
        }
    }
}
